import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late the event loop is, sampled every 10 ms since the start. */
export class EventLoopDelay {
  readonly #histogram: IntervalHistogram;

  /** @param histogram of whole intervals between samples in ns; a test's own */
  constructor(histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })) {
    this.#histogram = histogram;
    histogram.enable();
  }

  /** @param quantile in (0, 1] */
  quantileMs(quantile: number): number {
    // Node's histogram holds whole intervals between samples; only what exceeds the resolution is delay.
    return Math.max(0, this.#histogram.percentile(quantile * 100) / 1e6 - RESOLUTION_MS);
  }

  stop(): void {
    this.#histogram.disable();
  }
}

import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';

/** Beyond this the reader stood still (a suspended machine, a paused pipe): what was missed is not made up for. */
const MAX_LAG_MS = 1000;

/** Plays a finite source at the speed of its own clock. */
export class Pacer {
  readonly #clock: Clock;
  /** Wall clock at which media time 0 is due, null before the first. */
  #originMs: number | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * How long to wait until media of this time is due, in ms; 0 when it is due already. A source that jumps in time goes on
   * from where it jumped to.
   * @param mediaMs in the source's clock
   */
  waitMs(mediaMs: number): number {
    const nowMs = this.#clock.nowMs();
    this.#originMs ??= nowMs - mediaMs;
    const aheadMs = this.#originMs + mediaMs - nowMs;
    if (Math.abs(aheadMs) > MAX_LAG_MS) {
      this.#originMs = nowMs - mediaMs;
      return 0;
    }
    return Math.max(0, aheadMs);
  }

  /** Waits as long as `waitMs` says; returns early when `signal` aborts. */
  async pace(mediaMs: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.waitMs(mediaMs);
    // Timers have whole milliseconds: less is not worth one.
    if (waitMs >= 1) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

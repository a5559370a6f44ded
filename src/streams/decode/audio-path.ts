import type { Frame } from 'node-av/lib';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import type { RawTime } from '../timeline/timeline.js';
import type { NodeAv } from './load-node-av.js';
import { MonoResampler } from './mono-resampler.js';

/** A frame that begins this far from where the one before it ended does not continue it. */
const HOLE_US = 30_000;

/** Takes mono samples at 16 kHz; `time` is that of the first one. */
export type OnSamples = (samples: Float32Array, time: RawTime) => void;

/** Decoded audio frames → dated mono samples. What the resampler held back is not carried over a hole in time. */
export class AudioPath {
  readonly #resampler: MonoResampler;
  readonly #onSamples: OnSamples;
  /** Where the newest frame ended in the source's clock, null where that is not known. */
  #endUs: number | null = null;
  #lastArrivalMs = 0;

  constructor(av: NodeAv, onSamples: OnSamples) {
    this.#resampler = new MonoResampler(av);
    this.#onSamples = onSamples;
  }

  /** The next decoded frame; the caller keeps it. */
  push(frame: Frame, time: RawTime): void {
    if (frame.nbSamples <= 0 || frame.sampleRate <= 0 || frame.channels <= 0) return;
    const startUs = time.rawPtsUs ?? this.#endUs;
    const isHole = startUs !== null && this.#endUs !== null && Math.abs(startUs - this.#endUs) > HOLE_US;
    if (isHole || this.#resampler.isOtherFormat(frame)) this.flush();
    const { samples, leadUs } = this.#resampler.convert(frame);
    const lengthUs = (frame.nbSamples / frame.sampleRate) * 1e6;
    this.#endUs = startUs === null ? null : startUs + lengthUs;
    this.#lastArrivalMs = time.arrivedAtMs;
    this.#hand(samples, startUs === null ? null : startUs - leadUs);
  }

  /** Hands out what the resampler holds back. */
  flush(): void {
    const rest = this.#resampler.drain();
    const restUs = (rest.length / SAMPLE_RATE_HZ) * 1e6;
    this.#hand(rest, this.#endUs === null ? null : this.#endUs - restUs);
  }

  close(): void {
    this.#resampler.close();
  }

  #hand(samples: Float32Array, rawPtsUs: number | null): void {
    if (samples.length === 0) return;
    const durationUs = (samples.length / SAMPLE_RATE_HZ) * 1e6;
    this.#onSamples(samples, { rawPtsUs, durationUs, arrivedAtMs: this.#lastArrivalMs });
  }
}

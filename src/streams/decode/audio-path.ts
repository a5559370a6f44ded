import type { Frame, Packet } from 'node-av/lib';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import type { RawTime } from '../timeline/timeline.js';
import type { NodeAv } from './load-node-av.js';
import { MonoResampler } from './mono-resampler.js';
import { TrackDecoder, type TrackSource } from './track-decoder.js';

/** A frame that begins this far from where the one before it ended does not continue it. */
const HOLE_US = 30_000;

/** Takes mono samples at 16 kHz; `time` is that of the first one. */
export type OnSamples = (samples: Float32Array, time: RawTime) => void;

/** The audio track: packets → dated mono samples. What the resampler held back is not carried over a hole in time. */
export class AudioPath {
  readonly #decoder: TrackDecoder;
  readonly #continuation: AudioContinuation;

  private constructor(decoder: TrackDecoder, continuation: AudioContinuation) {
    this.#decoder = decoder;
    this.#continuation = continuation;
  }

  /** @throws {EvokedError} ERR_SOURCE_NOT_MEDIA when there is no decoder that takes the track */
  static async open(
    av: NodeAv,
    source: TrackSource,
    live: boolean,
    onSamples: OnSamples,
  ): Promise<AudioPath> {
    const continuation = new AudioContinuation(av, onSamples);
    const decoder = await TrackDecoder.open(av, source, live, (frame, time) => {
      try {
        continuation.push(frame, time);
      } finally {
        decoder.release(frame);
      }
    });
    return new AudioPath(decoder, continuation);
  }

  get streamIndex(): number {
    return this.#decoder.streamIndex;
  }

  get counts(): TrackDecoder['counts'] {
    return this.#decoder.counts;
  }

  /** The next packet of the track; the caller keeps it. */
  decode(packet: Packet, arrivedAtMs: number): void {
    this.#decoder.decode(packet, arrivedAtMs);
  }

  /** No packet follows: hands out every sample that is still inside. */
  flush(arrivedAtMs: number): void {
    this.#decoder.decode(null, arrivedAtMs);
    this.#continuation.flush();
  }

  close(): void {
    this.#decoder.close();
    this.#continuation.close();
  }
}

/** Decoded frames → samples, resampled without a seam for as long as the frames continue each other. */
export class AudioContinuation {
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

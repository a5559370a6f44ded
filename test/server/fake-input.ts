import type { Readable } from 'node:stream';
import { Observable, type Subscriber } from 'rxjs';
import { steadyClock } from '../../src/core/clock.js';
import type { MediaEvent, SourceTracks } from '../../src/core/media.js';
import {
  FRAME_BYTES,
  segmentMiddleUs,
  segmentNumSamples,
  segmentStartSample,
  segmentStartUs,
} from '../../src/core/time-grid.js';
import type { MediaInput, MediaInputOptions } from '../../src/streams/media-input.js';

/** What the fake source contains. */
export const TRACKS: SourceTracks = {
  durationSeconds: null,
  video: { codec: 'h264', width: 1280, height: 720, rateHz: 25 },
  audio: { codec: 'aac', sampleRateHz: 48_000, channels: 2 },
};

/** A connection whose media the test makes. */
export class FakeInput implements MediaInput {
  readonly media$: Observable<MediaEvent>;
  readonly options: MediaInputOptions;
  preview = false;
  isOpen = false;
  #subscriber: Subscriber<MediaEvent> | null = null;
  #nextSegment = 0;

  /** @param pushed what a sender pushes */
  constructor(
    options: MediaInputOptions,
    readonly pushed: Readable | null = null,
  ) {
    this.options = options;
    this.media$ = new Observable((subscriber) => {
      this.#subscriber = subscriber;
      this.isOpen = true;
      return () => (this.isOpen = false);
    });
  }

  setPreview(on: boolean): void {
    this.preview = on;
  }

  pause(): void {}
  resume(): void {}

  /** Sends the tracks and the start of the timeline. */
  open(tracks = TRACKS): void {
    this.#subscriber?.next({ type: 'tracks', tracks });
    this.#subscriber?.next({ type: 'timeline', reason: 'start' });
    this.#nextSegment = 0;
  }

  /** Sends the media of the next `count` segments. */
  feed(count: number, { audio = true } = {}): void {
    for (let i = 0; i < count; i++) this.#feedSegment(this.#nextSegment++, audio);
  }

  /** Leaves out the media of `count` segments. */
  skip(count: number): void {
    this.#nextSegment += count;
  }

  /** The source's clock starts again. */
  jump(): void {
    this.#subscriber?.next({ type: 'timeline', reason: 'discontinuity' });
    this.#nextSegment = 0;
  }

  /** Reports so many packets of each modality, `whole` of them decoded. */
  decode(packets: number, whole: number): void {
    const counts = { packets, whole };
    this.#subscriber?.next({ type: 'decoded', visual: counts, audio: { packets: 0, whole: 0 } });
  }

  fail(error: Error): void {
    this.#subscriber?.error(error);
  }

  end(): void {
    this.#subscriber?.complete();
  }

  #feedSegment(k: number, hasAudio: boolean): void {
    const arrivedAtMs = steadyClock.nowMs();
    const previewJpeg = this.preview ? Uint8Array.of(0xff, 0xd8, k & 0xff, 0xff, 0xd9) : null;
    const rgb = new Uint8Array(FRAME_BYTES);
    const samples = new Float32Array(segmentNumSamples(k));
    const ptsUs = segmentStartUs(k + 1);
    this.#subscriber?.next({ type: 'videoFrame', ptsUs: segmentMiddleUs(k), arrivedAtMs, rgb, previewJpeg });
    if (hasAudio) {
      const startSample = segmentStartSample(k);
      this.#subscriber?.next({ type: 'audioFrame', startSample, samples, arrivedAtMs });
    }
    this.#subscriber?.next({ type: 'watermark', modality: 'visual', ptsUs, arrivedAtMs });
    this.#subscriber?.next({ type: 'watermark', modality: 'audio', ptsUs, arrivedAtMs });
  }
}

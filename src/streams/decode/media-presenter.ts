import type { AudioFrame, EpochReason, MediaEvent, VideoFrame } from '../../core/media.js';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { FramePicker } from '../timeline/frame-picker.js';
import { SampleClock } from '../timeline/sample-clock.js';
import { Timeline, type RawTime, type TimelineOptions } from '../timeline/timeline.js';
import { MAX_AUDIO_SAMPLES } from '../wire/media-messages.js';

/** What a presenter does with pictures, whatever they are. */
export interface PresenterSinks<P> {
  readonly emit: (event: MediaEvent) => void;
  /** The frame and preview of a picture that a segment needs, null where it turns out to be none; does not release it. */
  readonly render: (picture: P) => Pick<VideoFrame, 'rgb' | 'previewJpeg'> | null;
  /** Called once for every picture that was presented, when it is not needed any more. */
  readonly release: (picture: P) => void;
}

interface Arrived<P> {
  readonly picture: P;
  readonly arrivedAtMs: number;
}

/**
 * Decoded pictures and samples, dated by their source, → what goes to the server: the one frame of each segment, audio at
 * its sample position, watermarks, and the starts of timelines.
 */
export class MediaPresenter<P> {
  readonly #sinks: PresenterSinks<P>;
  readonly #timeline: Timeline;
  readonly #picker: FramePicker<Arrived<P>>;
  readonly #sampleClock = new SampleClock();
  #visualUntilUs = 0;

  constructor(timeline: TimelineOptions, sinks: PresenterSinks<P>) {
    this.#sinks = sinks;
    this.#timeline = new Timeline(timeline);
    this.#picker = new FramePicker({
      onPicked: (arrived, ptsUs) => this.#emitFrame(arrived, ptsUs),
      onSkipped: ({ picture }) => sinks.release(picture),
    });
  }

  /** The next picture in presentation order; ownership passes. */
  presentPicture(picture: P, time: RawTime): void {
    const placement = this.#timeline.place('visual', time);
    if (placement.type === 'dropped') {
      this.#sinks.release(picture);
      return;
    }
    if (placement.started !== null) this.#startTimeline(placement.started);
    else if (placement.entered) this.#picker.flush();
    const { arrivedAtMs } = time;
    this.#picker.offer({ picture, arrivedAtMs }, placement.ptsUs);
    const untilUs = this.#picker.decidedUntilUs;
    if (untilUs <= this.#visualUntilUs) return;
    this.#visualUntilUs = untilUs;
    this.#sinks.emit({ type: 'watermark', modality: 'visual', ptsUs: untilUs, arrivedAtMs });
  }

  /** The next block of mono samples at 16 kHz; `time` is that of its first sample. */
  presentSamples(samples: Float32Array, time: RawTime): void {
    if (samples.length === 0) return;
    const placement = this.#timeline.place('audio', time);
    if (placement.type === 'dropped') return;
    if (placement.started !== null) this.#startTimeline(placement.started);
    if (placement.entered) this.#sampleClock.reset();
    const { startSample, skip } = this.#sampleClock.place(placement.ptsUs, samples.length);
    const { arrivedAtMs } = time;
    for (let at = skip; at < samples.length; at += MAX_AUDIO_SAMPLES) {
      const block = samples.subarray(at, at + MAX_AUDIO_SAMPLES);
      this.#emitAudio({
        type: 'audioFrame',
        startSample: startSample + at - skip,
        samples: block,
        arrivedAtMs,
      });
    }
  }

  /** Nothing more is coming: decides what is open. */
  end(): void {
    this.#picker.flush();
  }

  #startTimeline(reason: EpochReason): void {
    // Belongs to the timeline that ends here.
    this.#picker.flush();
    this.#visualUntilUs = 0;
    this.#sinks.emit({ type: 'timeline', reason });
  }

  #emitFrame({ picture, arrivedAtMs }: Arrived<P>, ptsUs: number): void {
    try {
      const rendered = this.#sinks.render(picture);
      if (rendered !== null) this.#sinks.emit({ type: 'videoFrame', ptsUs, arrivedAtMs, ...rendered });
    } finally {
      this.#sinks.release(picture);
    }
  }

  #emitAudio(frame: AudioFrame): void {
    this.#sinks.emit(frame);
    const ptsUs = Math.floor(((frame.startSample + frame.samples.length) * 1e6) / SAMPLE_RATE_HZ);
    this.#sinks.emit({ type: 'watermark', modality: 'audio', ptsUs, arrivedAtMs: frame.arrivedAtMs });
  }
}

import type {
  AudioFrame,
  EpochReason,
  MediaEvent,
  Modality,
  Segment,
  SegmentEvent,
  TimelineStart,
  TracksKnown,
  VideoFrame,
  Watermark,
} from '../../../src/core/media.js';
import { segmentMiddleUs, segmentNumSamples, segmentStartSample } from '../../../src/core/time-grid.js';
import { SegmentAssembler, type AssemblerOptions } from '../../../src/streams/segment/segment-assembler.js';

/** A source with these modalities has been opened. */
export function tracks(...modalities: Modality[]): TracksKnown {
  const video = { codec: 'h264', width: 1280, height: 720, rateHz: 25 };
  const audio = { codec: 'aac', sampleRateHz: 48_000, channels: 2 };
  return {
    type: 'tracks',
    tracks: {
      durationSeconds: null,
      video: modalities.includes('visual') ? video : null,
      audio: modalities.includes('audio') ? audio : null,
    },
  };
}

export function timelineStart(reason: EpochReason = 'start'): TimelineStart {
  return { type: 'timeline', reason };
}

/** A picture of 4 bytes that tells its time in ms. */
export function frame(ptsUs: number, arrivedAtMs = 0): VideoFrame {
  const rgb = new Uint8Array(4);
  new DataView(rgb.buffer).setUint32(0, Math.floor(ptsUs / 1000));
  return { type: 'videoFrame', ptsUs, arrivedAtMs, rgb, previewJpeg: null };
}

/** The time in ms that a picture of `frame` tells. */
export function shownMs(rgb: Uint8Array | null): number | null {
  return rgb === null ? null : new DataView(rgb.buffer, rgb.byteOffset).getUint32(0);
}

/** Sample values that tell their position: position + 1, exact up to 2²⁴. */
export function audio(startSample: number, numSamples: number, arrivedAtMs = 0): AudioFrame {
  const samples = Float32Array.from({ length: numSamples }, (_, i) => startSample + i + 1);
  return { type: 'audioFrame', startSample, samples, arrivedAtMs };
}

/** All of the audio of segments `from` to `to` (inclusive), as one block. */
export function audioOf(from: number, to = from, arrivedAtMs = 0): AudioFrame {
  return audio(segmentStartSample(from), segmentStartSample(to + 1) - segmentStartSample(from), arrivedAtMs);
}

/** The picture in the middle of segment `k`. */
export function frameOf(k: number, arrivedAtMs = 0): VideoFrame {
  return frame(segmentMiddleUs(k), arrivedAtMs);
}

export function watermark(modality: Modality, ptsUs: number, arrivedAtMs = 0): Watermark {
  return { type: 'watermark', modality, ptsUs, arrivedAtMs };
}

/** An assembler with the usual timeouts, and everything it has told. */
export class Bench {
  readonly events: SegmentEvent[] = [];
  readonly late: Record<Modality, number> = { visual: 0, audio: 0 };
  readonly assembler: SegmentAssembler;
  nowMs = 0;

  constructor(options: Partial<AssemblerOptions> = {}) {
    this.assembler = new SegmentAssembler({
      watermarkTimeoutMs: 250,
      idleTimeoutMs: 1000,
      onLate: (modality, count) => (this.late[modality] += count),
      ...options,
    });
  }

  /** Media that arrives now. */
  push(...events: MediaEvent[]): this {
    for (const event of events) this.events.push(...this.assembler.push(event, this.nowMs));
    return this;
  }

  /** Lets time pass, looking whenever something is due, as a timer would. */
  pass(ms: number): this {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const deadlineMs = this.assembler.deadlineMs;
      if (deadlineMs === null || deadlineMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, deadlineMs);
      this.events.push(...this.assembler.advance(this.nowMs));
    }
    this.nowMs = untilMs;
    return this;
  }

  end(): this {
    this.events.push(...this.assembler.flush());
    return this;
  }

  get segments(): Segment[] {
    return this.events.filter((event) => event.type === 'segment');
  }

  /** The events in short: `epoch 0 start`, `0 va`, `gap 1-2 source`. */
  get story(): string[] {
    return this.events.map((event) => {
      if (event.type === 'epoch') return `epoch ${event.epoch} ${event.reason}`;
      if (event.type === 'gap') return `gap ${event.fromSeq}-${event.toSeq} ${event.reason}`;
      const flags = event.flags.map((flag) => ` ${flag}`).join('');
      return `${event.seq} ${event.frame ? 'v' : '-'}${event.audio ? 'a' : '-'}${flags}`;
    });
  }
}

/** The audio that segment `k` of a timeline holds when all of it is there. */
export function wholeAudio(k: number): number[] {
  return Array.from({ length: segmentNumSamples(k) }, (_, i) => segmentStartSample(k) + i + 1);
}

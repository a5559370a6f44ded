import type { AudioFrame, Segment, SegmentFlag, VideoFrame } from '../../core/media.js';
import {
  segmentAtUs,
  segmentMiddleUs,
  segmentNumSamples,
  segmentStartSample,
  segmentStartUs,
  SAMPLE_RATE_HZ,
  SEGMENT_RATE,
} from '../../core/time-grid.js';

/** A picture stays on screen until the next one, but counts no longer than this: 1 s. */
export const FRAME_REACH_US = 1_000_000;

/** What a segment is made of, and when the last of it arrived (−∞ for a picture shown again). */
export interface SegmentContent {
  readonly parts: Pick<Segment, 'frame' | 'audio' | 'previewJpeg' | 'flags'>;
  readonly arrivedAtMs: number;
}

interface Cell {
  frame: VideoFrame | null;
  samples: Float32Array | null;
  numFilled: number;
  arrivedAtMs: number;
}

/** The picture on screen: a copy, because who receives a segment may pass its buffer on for good. */
interface Screen {
  ptsUs: number;
  rgb: Uint8Array;
  previewJpeg: Uint8Array | null;
}

/** Media of segments that are still undecided, by segment of the timeline, and the picture on screen before them. */
export class PendingMedia {
  readonly #cells = new Map<number, Cell>();
  #screen: Screen | null = null;

  /** Segments that hold any media. */
  get size(): number {
    return this.#cells.size;
  }

  has(k: number): boolean {
    return this.#cells.has(k);
  }

  /** The first segment that holds media, null without any. */
  get first(): number | null {
    return this.#cells.size === 0 ? null : Math.min(...this.#cells.keys());
  }

  /** The last segment that holds a picture of its own or half of its audio, null without any. */
  get lastWorthy(): number | null {
    let last: number | null = null;
    for (const [k, cell] of this.#cells) if ((last === null || k > last) && isWorthy(cell)) last = k;
    return last;
  }

  /** Whether the picture on screen still counts for segment `k`. */
  screenReaches(k: number): boolean {
    return this.#screen !== null && segmentStartUs(k) - this.#screen.ptsUs <= FRAME_REACH_US;
  }

  /** Keeps a picture; of two in one segment the one nearer its middle, of two as near the first. */
  addFrame(frame: VideoFrame): void {
    const k = segmentAtUs(frame.ptsUs);
    const cell = this.#cell(k);
    const middleUs = segmentMiddleUs(k);
    if (cell.frame === null || Math.abs(frame.ptsUs - middleUs) < Math.abs(cell.frame.ptsUs - middleUs)) {
      cell.frame = frame;
      cell.arrivedAtMs = Math.max(cell.arrivedAtMs, frame.arrivedAtMs);
    }
  }

  /** A picture that came too late for its segment is still what is on screen afterwards. */
  addLateFrame(frame: VideoFrame): void {
    if (this.#screen === null || frame.ptsUs > this.#screen.ptsUs) this.#show(frame);
  }

  /** Sorts samples into segments, leaving out those before segment `from`; returns how many were left out. */
  addAudio(block: AudioFrame, from: number): number {
    const endSample = block.startSample + block.samples.length;
    let sample = Math.max(block.startSample, segmentStartSample(from));
    const numLate = Math.min(sample, endSample) - block.startSample;
    for (let k = segmentOfSample(sample); sample < endSample; k++) {
      const startSample = segmentStartSample(k);
      const stopSample = Math.min(endSample, segmentStartSample(k + 1));
      const cell = this.#cell(k);
      cell.samples ??= new Float32Array(segmentNumSamples(k));
      const part = block.samples.subarray(sample - block.startSample, stopSample - block.startSample);
      cell.samples.set(part, sample - startSample);
      cell.numFilled += part.length;
      cell.arrivedAtMs = Math.max(cell.arrivedAtMs, block.arrivedAtMs);
      sample = stopSample;
    }
    return numLate;
  }

  /** Takes segment `k` out; null where it has neither a picture that counts nor half of its audio. */
  take(k: number): SegmentContent | null {
    const cell = this.#cells.get(k);
    this.#cells.delete(k);
    const flags: SegmentFlag[] = [];
    let audio: Float32Array | null = null;
    if (cell?.samples && hasHalfItsAudio(cell)) {
      audio = cell.samples;
      if (cell.numFilled < cell.samples.length) flags.push('audio-partial');
    }
    let frame: Uint8Array | null = null;
    let previewJpeg: Uint8Array | null = null;
    if (cell?.frame) {
      this.#show(cell.frame);
      ({ rgb: frame, previewJpeg } = cell.frame);
    } else if (this.#screen !== null && this.screenReaches(k)) {
      frame = this.#screen.rgb.slice();
      previewJpeg = this.#screen.previewJpeg;
      flags.push('frame-repeated');
    }
    if (frame === null && audio === null) return null;
    return { parts: { frame, audio, previewJpeg, flags }, arrivedAtMs: cell?.arrivedAtMs ?? -Infinity };
  }

  /** Forgets everything: another timeline starts. */
  clear(): void {
    this.#cells.clear();
    this.#screen = null;
  }

  #cell(k: number): Cell {
    let cell = this.#cells.get(k);
    if (cell === undefined) {
      cell = { frame: null, samples: null, numFilled: 0, arrivedAtMs: -Infinity };
      this.#cells.set(k, cell);
    }
    return cell;
  }

  #show(frame: VideoFrame): void {
    const rgb = this.#screen?.rgb.length === frame.rgb.length ? this.#screen.rgb : frame.rgb.slice();
    rgb.set(frame.rgb);
    this.#screen = { ptsUs: frame.ptsUs, rgb, previewJpeg: frame.previewJpeg };
  }
}

function hasHalfItsAudio(cell: Cell): boolean {
  return cell.samples !== null && 2 * cell.numFilled >= cell.samples.length;
}

function isWorthy(cell: Cell): boolean {
  return cell.frame !== null || hasHalfItsAudio(cell);
}

/** Index of the segment that holds sample `sample`. */
export function segmentOfSample(sample: number): number {
  return Math.floor((sample * SEGMENT_RATE) / SAMPLE_RATE_HZ);
}

import type { EpochReason, Segment, SegmentEvent } from '../../core/media.js';
import { segmentStartUs } from '../../core/time-grid.js';

/** A segment without its place in an epoch. */
export type PlacelessSegment = Pick<Segment, 'frame' | 'audio' | 'previewJpeg' | 'flags' | 'arrivedAtMs'>;

/**
 * Keeps the account of what was told of a stream: which epoch it is in, where on the timeline that epoch starts, and up
 * to where segments and gaps cover it. An epoch starts on a multiple of 3 segments, where half seconds, microseconds and
 * samples are whole numbers, so that its grid and the timeline's are one. A gap of any length at the beginning of a timeline
 * stays in its epoch: there is no state yet that it could spoil, and times keep counting from the timeline's origin.
 */
export class SegmentLedger {
  #epoch = -1;
  /** Segment of the timeline that is seq 0 of the epoch. */
  #base = 0;
  /** Why the next segment opens an epoch, null inside one. */
  #opening: EpochReason | null = 'start';
  /** First segment of the timeline that no Segment or Gap has told yet. */
  #untold = 0;
  #lateInGap = false;
  readonly #maxGapSegments: number;

  /** @param maxGapSegments a longer gap inside a timeline starts an epoch */
  constructor(maxGapSegments: number) {
    this.#maxGapSegments = maxGapSegments;
  }

  /** The next segment opens an epoch, because of `reason`, whose seq 0 is segment `base` (a multiple of 3). */
  open(reason: EpochReason, base: number): void {
    this.#opening = this.#epoch < 0 ? 'start' : reason === 'start' ? 'restart' : reason;
    this.#base = this.#untold = base;
    this.#lateInGap = false;
  }

  /** Media of segment `k` came after it had been given up. */
  noteLate(k: number): void {
    if (k >= this.#untold) this.#lateInGap = true;
  }

  /** Tells segment `k` of the timeline, and before it what is due: the start of an epoch, a gap. */
  tell(k: number, segment: PlacelessSegment): SegmentEvent[] {
    const events: SegmentEvent[] = [];
    let from = this.#untold;
    if (this.#opening === null && k - from > this.#maxGapSegments) {
      this.#opening = 'long-gap';
      this.#base = from = k - (k % 3);
    }
    if (this.#opening !== null) {
      this.#epoch += 1;
      events.push({ type: 'epoch', epoch: this.#epoch, reason: this.#opening });
      this.#opening = null;
    }
    const [epoch, base, seq] = [this.#epoch, this.#base, k - this.#base];
    if (k > from) {
      const reason = this.#lateInGap ? 'late' : 'source';
      events.push({ type: 'gap', epoch, fromSeq: from - base, toSeq: seq - 1, reason });
    }
    events.push({ type: 'segment', epoch, seq, timelineIndex: k, ptsUs: segmentStartUs(seq), ...segment });
    this.#untold = k + 1;
    this.#lateInGap = false;
    return events;
  }
}

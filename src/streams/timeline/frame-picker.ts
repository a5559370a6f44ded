import { segmentAtUs, segmentStartUs } from '../../core/time-grid.js';

/** Where a picker hands its frames; each offered frame goes to exactly one of the two, once. */
export interface FramePickerSinks<T> {
  /** The frame of segment `segment`; ownership passes. Called in presentation order, at most once a segment. */
  readonly onPicked: (frame: T, ptsUs: number, segment: number) => void;
  /** A frame that no segment uses: release it. */
  readonly onSkipped: (frame: T) => void;
}

/** Twelfths of a second, scaled so that the distance to a segment's middle is an exact integer. */
function distanceToMiddle(ptsUs: number, segment: number): number {
  return Math.abs(12 * ptsUs - (2 * segment + 1) * 1_000_000);
}

/**
 * Picks, on a timeline's grid, the one frame of each segment that lies nearest the segment's middle; of two equally
 * near ones the earlier. Holds one frame at most, and lets it go as soon as no later frame can be nearer: when the
 * first frame at or after the middle has been seen.
 *
 * A segment without any frame inside picks none: `segment()` then shows the frame before it again.
 */
export class FramePicker<T> {
  readonly #sinks: FramePickerSinks<T>;
  #segment = -1;
  #decided = true;
  #held: { readonly frame: T; readonly ptsUs: number } | null = null;

  constructor(sinks: FramePickerSinks<T>) {
    this.#sinks = sinks;
  }

  /**
   * No frame before this media time will be picked any more, in µs: the visual watermark. It is ahead of the newest
   * frame where a segment's choice is certain before the segment is over.
   */
  get decidedUntilUs(): number {
    return Math.max(0, segmentStartUs(this.#decided ? this.#segment + 1 : this.#segment));
  }

  /** Whether a frame at `ptsUs` could still be picked: where not, it need not even be decoded. */
  canUse(ptsUs: number): boolean {
    return ptsUs >= this.decidedUntilUs;
  }

  /** Takes the next frame. Frames come in presentation order; one that comes too late is skipped. */
  offer(frame: T, ptsUs: number): void {
    if (!this.canUse(ptsUs)) {
      this.#sinks.onSkipped(frame);
      return;
    }
    const segment = segmentAtUs(ptsUs);
    if (segment > this.#segment) {
      this.#pickHeld();
      this.#segment = segment;
      this.#decided = false;
    }
    const held = this.#held;
    if (held === null) {
      this.#held = { frame, ptsUs };
    } else if (distanceToMiddle(ptsUs, segment) < distanceToMiddle(held.ptsUs, segment)) {
      this.#held = { frame, ptsUs };
      this.#sinks.onSkipped(held.frame);
    } else {
      this.#sinks.onSkipped(frame);
    }
    if (12 * ptsUs >= (2 * segment + 1) * 1_000_000) {
      this.#decided = true;
      this.#pickHeld();
    }
  }

  /** The timeline ends here: decides what is open and starts over at media time 0. */
  flush(): void {
    this.#pickHeld();
    this.#segment = -1;
    this.#decided = true;
  }

  /** Releases what is held without picking it. */
  discard(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#sinks.onSkipped(held.frame);
  }

  #pickHeld(): void {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#sinks.onPicked(held.frame, held.ptsUs, this.#segment);
  }
}

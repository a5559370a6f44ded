import type { EpochStart, Gap, Segment, SegmentEvent } from '../../core/media.js';
import { segmentStartUs } from '../../core/time-grid.js';

/** Segments after which the grid is on whole samples and microseconds again. */
const GRID_PERIOD_SEGMENTS = 3;

/**
 * Gives segments their time in the whole file. A file whose clock jumps (recordings that were joined) has several epochs, and
 * each starts at 0; here every one goes on where the one before it ended, so that times never go backwards.
 */
export class FileTime {
  #epoch = -1;
  /** Segment of the file that is seq 0 of the epoch. */
  #base = 0;
  /** First segment of the file after everything so far. */
  #end = 0;

  /** The event as it is, but for a segment's `ptsUs`: that counts from the start of the file. */
  place(event: SegmentEvent): EpochStart | Gap | Segment {
    if (event.epoch !== this.#epoch) {
      this.#epoch = event.epoch;
      this.#base = Math.ceil(this.#end / GRID_PERIOD_SEGMENTS) * GRID_PERIOD_SEGMENTS;
    }
    if (event.type !== 'segment') return event;
    const k = this.#base + event.seq;
    this.#end = k + 1;
    return { ...event, ptsUs: segmentStartUs(k) };
  }
}

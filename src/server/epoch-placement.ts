import type { Segment } from '../core/media.js';
import { segmentStartUs } from '../core/time-grid.js';

/** Segments after which the grid is on whole samples and microseconds again. */
const GRID_PERIOD_SEGMENTS = 3;

/**
 * Gives segments their place in the epochs of a session. A pipeline counts its epochs from 0 and knows nothing of lost
 * model state; a session counts on through every pipeline it had, and opens a further epoch where state was lost.
 */
export class EpochPlacement {
  readonly #firstEpoch: number;
  #pipelineEpoch = -1;
  #base = 0;
  #numRestarts = 0;
  #restartDue = false;

  /** @param firstEpoch what the pipeline's epoch 0 is called */
  constructor(firstEpoch: number) {
    this.#firstEpoch = firstEpoch;
  }

  /** The model's state is lost: the next segment on which an epoch can start starts one. */
  restart(): void {
    this.#restartDue = true;
  }

  /** The segment as the session counts it, or null where it is lost because no epoch can start on it. */
  place(segment: Segment): Segment | null {
    if (segment.epoch !== this.#pipelineEpoch) {
      this.#pipelineEpoch = segment.epoch;
      this.#base = 0;
      this.#restartDue = false;
    }
    if (this.#restartDue) {
      if (segment.seq % GRID_PERIOD_SEGMENTS !== 0) return null;
      this.#base = segment.seq;
      this.#numRestarts += 1;
      this.#restartDue = false;
    }
    const epoch = this.#firstEpoch + segment.epoch + this.#numRestarts;
    const seq = segment.seq - this.#base;
    return { ...segment, epoch, seq, ptsUs: segmentStartUs(seq) };
  }
}

import type { Segment } from '../../core/media.js';
import { segmentStartUs } from '../../core/time-grid.js';
import type { EpochNames } from './epoch-names.js';

/** Segments after which the grid is on whole samples and microseconds again. */
const GRID_PERIOD_SEGMENTS = 3;

/** Gives the segments of a pipeline their place in the epochs of the session, and opens one where model state was lost. */
export class EpochPlacement {
  readonly #names: EpochNames;
  #pipelineEpoch = -1;
  #epoch = -1;
  #base = 0;
  #restartDue = false;

  constructor(names: EpochNames) {
    this.#names = names;
  }

  /** The model's state is lost: the next segment on which an epoch can start starts one. */
  restart(): void {
    this.#restartDue = true;
  }

  /** The segment as the session counts it, or null where it is lost because no epoch can start on it. */
  place(segment: Segment): Segment | null {
    if (segment.epoch !== this.#pipelineEpoch) {
      this.#pipelineEpoch = segment.epoch;
      this.#epoch = this.#names.of(segment.epoch);
      this.#base = 0;
      this.#restartDue = false;
    }
    if (this.#restartDue) {
      if (segment.seq % GRID_PERIOD_SEGMENTS !== 0) return null;
      this.#epoch = this.#names.further();
      this.#base = segment.seq;
      this.#restartDue = false;
    }
    const seq = segment.seq - this.#base;
    return { ...segment, epoch: this.#epoch, seq, ptsUs: segmentStartUs(seq) };
  }
}

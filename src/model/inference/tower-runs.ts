import type { Modality } from '../../core/media.js';

/** No run's number: that of a tower before its first step. */
export const NO_RUN = -1;

/** Where a segment is. */
export interface SegmentPlace {
  readonly epoch: number;
  readonly seq: number;
}

interface Course {
  readonly run: number;
  readonly last: SegmentPlace;
}

/**
 * Numbers the runs of one stream's towers. A run is a row of steps that go on from one another; a new one starts from zeros. It
 * starts with an epoch, and where a modality was away for longer than its tower remembers while the other one went on.
 */
export class TowerRuns {
  readonly #maxAbsenceSegments: number;
  readonly #courses = new Map<Modality, Course>();

  /** @param maxAbsenceSegments segments of an epoch that a tower may miss in a row and still go on; may be infinite */
  constructor(maxAbsenceSegments: number) {
    this.#maxAbsenceSegments = maxAbsenceSegments;
  }

  /** The run that the tower's step at `place` belongs to. */
  step(modality: Modality, { epoch, seq }: SegmentPlace): number {
    const course = this.#courses.get(modality);
    const run = course === undefined ? 0 : course.run + (this.#goesOn(course, { epoch, seq }) ? 0 : 1);
    this.#courses.set(modality, { run, last: { epoch, seq } });
    return run;
  }

  /** The run that a tower goes on from in `epoch`, and the segment of its last step there. */
  at(
    modality: Modality,
    epoch: number | undefined,
  ): { readonly run: number; readonly lastSeq: number | null } {
    const course = this.#courses.get(modality);
    if (course === undefined || course.last.epoch !== epoch) return { run: NO_RUN, lastSeq: null };
    return { run: course.run, lastSeq: course.last.seq };
  }

  #goesOn({ last }: Course, { epoch, seq }: SegmentPlace): boolean {
    return epoch === last.epoch && seq - last.seq - 1 <= this.#maxAbsenceSegments;
  }
}

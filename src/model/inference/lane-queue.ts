import type { LaneSegment } from './lane-messages.js';

/** Segments that wait for a lane, oldest first. Bounded by what each stream may have pending (see `MAX_PENDING`). */
export class LaneQueue {
  #segments: LaneSegment[] = [];

  get length(): number {
    return this.#segments.length;
  }

  push(segment: LaneSegment): void {
    this.#segments.push(segment);
  }

  /** Drops a stream's segments. */
  forget(stream: number): void {
    this.#segments = this.#segments.filter((segment) => segment.stream !== stream);
  }

  /** Drops everything. */
  clear(): void {
    this.#segments = [];
  }

  /**
   * Takes up to `maxSegments` in order of arrival. A stream whose next segment is of another epoch than those already taken
   * is passed over from there on, since the reset between them needs a batch of its own.
   */
  takeBatch(maxSegments: number): LaneSegment[] {
    const batch: LaneSegment[] = [];
    const rest: LaneSegment[] = [];
    const epochs = new Map<number, number>();
    const closed = new Set<number>();
    for (const segment of this.#segments) {
      const epoch = epochs.get(segment.stream) ?? segment.epoch;
      if (epoch !== segment.epoch) closed.add(segment.stream);
      if (batch.length >= maxSegments || closed.has(segment.stream)) rest.push(segment);
      else {
        epochs.set(segment.stream, epoch);
        batch.push(segment);
      }
    }
    this.#segments = rest;
    return batch;
  }
}

import type { LaneSegment, LaneStateRequest } from './lane-messages.js';

/**
 * What waits for a lane, oldest first. Bounded by what each stream may have pending (see `MAX_PENDING`). A stream's requests
 * are never taken out of their order.
 */
export class LaneQueue {
  #requests: (LaneSegment | LaneStateRequest)[] = [];

  get length(): number {
    return this.#requests.length;
  }

  push(request: LaneSegment | LaneStateRequest): void {
    this.#requests.push(request);
  }

  /** Drops what a stream has waiting. */
  forget(stream: number): void {
    this.#requests = this.#requests.filter((request) => request.stream !== stream);
  }

  /** Drops everything. */
  clear(): void {
    this.#requests = [];
  }

  /** Takes what concerns the states of streams that have no segment waiting before it. */
  takeStateRequests(): LaneStateRequest[] {
    const taken: LaneStateRequest[] = [];
    const stepping = new Set<number>();
    this.#requests = this.#requests.filter((request) => {
      if (request.type === 'segment') stepping.add(request.stream);
      else if (!stepping.has(request.stream)) return taken.push(request) === 0;
      return true;
    });
    return taken;
  }

  /**
   * Takes up to `maxSegments` in order of arrival. A stream is passed over from its first request on that needs the segments
   * before it done: one that concerns its state, or a segment of another run than those already taken.
   */
  takeBatch(maxSegments: number): LaneSegment[] {
    const batch: LaneSegment[] = [];
    const runs = new Map<number, number>();
    const closed = new Set<number>();
    this.#requests = this.#requests.filter((request) => {
      const { stream } = request;
      const run = runs.get(stream) ?? request.run;
      if (request.type !== 'segment' || request.run !== run) closed.add(stream);
      if (request.type !== 'segment' || batch.length >= maxSegments || closed.has(stream)) return true;
      runs.set(stream, run);
      batch.push(request);
      return false;
    });
    return batch;
  }
}

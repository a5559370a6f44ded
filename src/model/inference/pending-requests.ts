import type { EvokedError } from '../../core/errors.js';
import type { SavedTower } from '../tower/state-bytes.js';
import type { LaneScore } from './lane-messages.js';

/** What a worker thread answers, by the type of the request. */
export interface LaneAnswers {
  readonly segment: LaneScore;
  readonly save: SavedTower;
  readonly restore: undefined;
}

interface PendingRequest {
  readonly stream: number;
  /** True for a segment that no batch has taken yet. */
  isWaiting: boolean;
  resolve(answer: LaneAnswers[keyof LaneAnswers]): void;
  reject(error: EvokedError): void;
}

/** Requests to a worker thread whose answers are due. */
export class PendingRequests {
  readonly #requests = new Map<number, PendingRequest>();

  get size(): number {
    return this.#requests.size;
  }

  /** Segments that no batch has taken yet. */
  get numWaiting(): number {
    let numWaiting = 0;
    for (const { isWaiting } of this.#requests.values()) if (isWaiting) numWaiting++;
    return numWaiting;
  }

  /** Notes a request, and resolves with what `settle` is told of it. */
  add<T extends keyof LaneAnswers>(type: T, id: number, stream: number): Promise<LaneAnswers[T]> {
    return new Promise((resolve, reject) => {
      const accept = resolve as PendingRequest['resolve'];
      this.#requests.set(id, { stream, isWaiting: type === 'segment', resolve: accept, reject });
    });
  }

  /** A batch has taken these segments. */
  started(ids: readonly number[]): void {
    for (const id of ids) {
      const request = this.#requests.get(id);
      if (request !== undefined) request.isWaiting = false;
    }
  }

  /** Passes an answer on; one to a request that was given up meanwhile is dropped. */
  resolve(id: number, answer: LaneAnswers[keyof LaneAnswers]): void {
    this.#take(id)?.resolve(answer);
  }

  reject(id: number, error: EvokedError): void {
    this.#take(id)?.reject(error);
  }

  /** Rejects everything, or what one stream has pending. */
  rejectAll(error: EvokedError, stream?: number): void {
    const ids = [...this.#requests.keys()];
    for (const id of ids) {
      if (stream === undefined || this.#requests.get(id)?.stream === stream) this.reject(id, error);
    }
  }

  #take(id: number): PendingRequest | undefined {
    const request = this.#requests.get(id);
    this.#requests.delete(id);
    return request;
  }
}

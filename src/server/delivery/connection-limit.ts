import { EvokedError } from '../../core/errors.js';
import type { SubscriberKind } from '../metrics/server-metrics.js';

/** Counts the open connections of a server, subscribers' and senders', and refuses those beyond its limit. */
export class ConnectionLimit {
  readonly #max: number;
  readonly #counts: Record<SubscriberKind, number> = { websocket: 0, sse: 0, preview: 0, ingest: 0 };

  /** @param max connections of all kinds together */
  constructor(max: number) {
    this.#max = max;
  }

  count(kind: SubscriberKind): number {
    return this.#counts[kind];
  }

  /**
   * @returns a function that gives the place back, once
   * @throws {EvokedError} ERR_SUBSCRIBER_LIMIT
   */
  take(kind: SubscriberKind): () => void {
    const numOpen = Object.values(this.#counts).reduce((sum, count) => sum + count, 0);
    if (numOpen >= this.#max) {
      throw new EvokedError('ERR_SUBSCRIBER_LIMIT', {
        what: 'the server has as many subscribers as it may',
        got: `${numOpen} open`,
        expected: `fewer than ${this.#max} (maxSubscribers)`,
      });
    }
    this.#counts[kind] += 1;
    let taken = true;
    return () => {
      if (taken) this.#counts[kind] -= 1;
      taken = false;
    };
  }
}

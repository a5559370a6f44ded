import type { ErrorCode, EvokedError } from '../../core/errors.js';
import type { StatusMessage, StreamState } from '../../core/protocol.js';

/** Scores in a row without a loss after which a stream is no longer degraded: 5 s. */
export const RECOVERY_SCORES = 30;

interface Trouble {
  readonly code: ErrorCode | null;
  readonly detail: string;
}

const OVERLOADED = 'inference cannot keep up: segments are dropped';

/**
 * The state of a stream: that of its source, or degraded while the source is fine but segments are lost here. Degraded at
 * the first loss, live again only after a while without one, so that the state does not flicker.
 */
export class StreamHealth {
  #state: Exclude<StreamState, 'degraded'> = 'connecting';
  #code: ErrorCode | null = null;
  #detail = '';
  #trouble: Trouble | null = null;
  #numCleanScores = 0;

  get status(): StatusMessage {
    return this.#state === 'live' && this.#trouble !== null
      ? { type: 'status', state: 'degraded', ...this.#trouble }
      : { type: 'status', state: this.#state, code: this.#code, detail: this.#detail };
  }

  source(state: Exclude<StreamState, 'degraded'>, detail: string, code: ErrorCode | null): void {
    this.#state = state;
    this.#code = code;
    this.#detail = detail;
    if (state !== 'live') this.#trouble = null;
  }

  scored(): void {
    this.#numCleanScores += 1;
    if (this.#numCleanScores >= RECOVERY_SCORES) this.#trouble = null;
  }

  overloaded(): void {
    this.#lose({ code: null, detail: OVERLOADED });
  }

  failed({ code, message }: EvokedError): void {
    this.#lose({ code, detail: `inference failed: ${message}` });
  }

  #lose(trouble: Trouble): void {
    this.#trouble = trouble;
    this.#numCleanScores = 0;
  }
}

import type { StatusMessage, StreamState } from '../core/protocol.js';

/** Scores in a row without a loss after which a stream is no longer degraded: 5 s. */
export const RECOVERY_SCORES = 30;

const OVERLOADED = 'inference cannot keep up: segments are dropped';

/**
 * The state of a stream: that of its source, or degraded while the source is fine but segments are lost here. Degraded at
 * the first loss, live again only after a while without one, so that the state does not flicker.
 */
export class StreamHealth {
  #state: Exclude<StreamState, 'degraded'> = 'connecting';
  #detail = '';
  #trouble: string | null = null;
  #numCleanScores = 0;

  get status(): StatusMessage {
    const degraded = this.#state === 'live' && this.#trouble !== null;
    return degraded
      ? { type: 'status', state: 'degraded', detail: this.#trouble ?? '' }
      : { type: 'status', state: this.#state, detail: this.#detail };
  }

  source(state: Exclude<StreamState, 'degraded'>, detail: string): void {
    this.#state = state;
    this.#detail = detail;
    if (state !== 'live') this.#trouble = null;
  }

  scored(): void {
    this.#numCleanScores += 1;
    if (this.#numCleanScores >= RECOVERY_SCORES) this.#trouble = null;
  }

  overloaded(): void {
    this.#lose(OVERLOADED);
  }

  failed(message: string): void {
    this.#lose(`inference failed: ${message}`);
  }

  #lose(trouble: string): void {
    this.#trouble = trouble;
    this.#numCleanScores = 0;
  }
}

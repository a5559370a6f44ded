import type { Subscriber } from 'rxjs';
import type { EpochReason, MediaEvent } from '../../core/media.js';
import type { InputStatus, SupervisedEvent } from './supervised-input.js';

/**
 * Tells one connection after another as one source: each connection's media behind a `TimelineStart`, and `live` with its first
 * picture or sound.
 */
export class SupervisedOutput {
  readonly #subscriber: Subscriber<SupervisedEvent>;
  #hadMedia = false;
  /** Whether this connection's media has had its `TimelineStart`. */
  #hasTimeline = false;
  #isLive = false;

  constructor(subscriber: Subscriber<SupervisedEvent>) {
    this.#subscriber = subscriber;
  }

  /** Whether any connection has brought media. */
  get hadMedia(): boolean {
    return this.#hadMedia;
  }

  /** Nobody listens any more. */
  get isClosed(): boolean {
    return this.#subscriber.closed;
  }

  /** Media is of another connection from now on. */
  reconnect(): void {
    this.#hasTimeline = this.#isLive = false;
  }

  media(event: MediaEvent): void {
    switch (event.type) {
      case 'timeline':
        this.#startTimeline(event.reason);
        return;
      case 'tracks':
      case 'decoded':
        break;
      case 'watermark':
        if (!this.#hasTimeline) this.#startTimeline('start');
        break;
      case 'videoFrame':
      case 'audioFrame':
        if (!this.#hasTimeline) this.#startTimeline('start');
        if (!this.#isLive) this.#goLive();
        break;
    }
    this.#subscriber.next(event);
  }

  status(status: Omit<InputStatus, 'type'>): void {
    this.#subscriber.next({ type: 'status', ...status });
  }

  /** The last that is told. */
  finish(status: Omit<InputStatus, 'type'>): void {
    this.status(status);
    this.#subscriber.complete();
  }

  #startTimeline(reason: EpochReason): void {
    const isRestart = !this.#hasTimeline && this.#hadMedia;
    this.#hasTimeline = true;
    this.#subscriber.next({ type: 'timeline', reason: isRestart ? 'restart' : reason });
  }

  #goLive(): void {
    this.#isLive = this.#hadMedia = true;
    this.status({ state: 'live', detail: '' });
  }
}

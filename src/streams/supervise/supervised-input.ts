import type { Observable } from 'rxjs';
import type { EvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import type { StreamState } from '../../core/protocol.js';

/** What is told of a source while it is for somebody else to begin. */
export const WAITING_FOR_SENDER = 'waiting for a sender';

/** The state of a supervised source changed. */
export interface InputStatus {
  readonly type: 'status';
  readonly state: Exclude<StreamState, 'degraded'>;
  /** One line for a person, without credentials; empty when there is nothing to add. */
  readonly detail: string;
  /** What went wrong, with `reconnecting` and `failed`. */
  readonly error?: EvokedError;
}

/** Media of a source over all of its connections, and how it fares. */
export type SupervisedEvent = MediaEvent | InputStatus;

/** A source that is kept alive. */
export interface SupervisedInput {
  /**
   * Cold, for one subscription. Never errors: it completes after `ended` or `failed`. Every connection's media is preceded
   * by a `TimelineStart`, with reason `restart` from the second connection that brings media on.
   */
  readonly events$: Observable<SupervisedEvent>;
  /** As `MediaInput.setPreview`, for this connection and the next ones. */
  setPreview(on: boolean): void;
  /** As `MediaInput.pause` and `resume`, for this connection and the next ones. */
  pause(): void;
  resume(): void;
}

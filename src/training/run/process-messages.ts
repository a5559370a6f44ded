import { type ErrorCode, EvokedError } from '../../core/errors.js';
import type { TrainingEvent } from './events.js';
import type { TrainingRequest } from './training-request.js';

/** What the training process is told, once. */
export interface TrainingCommand {
  readonly request: TrainingRequest;
}

/** What the training process tells. */
export type TrainingMessage =
  | { readonly type: 'event'; readonly event: TrainingEvent }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** The error that crossed the process border. */
export function errorOf({ code, message }: TrainingMessage & { readonly type: 'error' }): EvokedError {
  return new EvokedError(code, { what: message });
}

import type { SubscriptionEnd } from './subscriber.js';
import { statusOf } from '../http/errors.js';
import type { ErrorCode } from '../../core/errors.js';

/** Reason of `end` when the server shuts down: the stream may be back when the server is. */
export const SHUTDOWN_REASON = 'shutdown';

const NORMAL = 1000;
const GOING_AWAY = 1001;
const SLOW = 4408;
const PRIVATE_BASE = 4000;

/** WebSocket close code of an end: 1000, 1001 at shutdown, 4408 for a slow client, else 4000 + the HTTP status of the error. */
export function closeCodeOf(end: SubscriptionEnd): number {
  if (end.type === 'end') return end.reason === SHUTDOWN_REASON ? GOING_AWAY : NORMAL;
  return end.code === 'ERR_CLIENT_SLOW' ? SLOW : PRIVATE_BASE + statusOf(end.code as ErrorCode);
}

/**
 * Why a file cannot go on where it was: `expired`, the server kept its place no longer; `overflow`, more waited to be
 * acknowledged than may; `lost`, the server lost what it had of it.
 */
export type RestartReason = 'expired' | 'overflow' | 'lost';

/** What a `MediaPush` tells its owner. */
export type PushEvent =
  /** The server takes media, from the start or from where the connection before had ended. */
  | { readonly type: 'open'; readonly resumed: boolean }
  /** The connection was lost, and is made again; media that is written meanwhile waits. */
  | { readonly type: 'lost'; readonly retryInMs: number; readonly detail: string }
  /** The server has `bytes` bytes of the file, and has decoded up to `ptsUs` (null before the first picture or sample). */
  | { readonly type: 'ack'; readonly bytes: number; readonly ptsUs: number | null }
  /** The file cannot go on: `start` another one. What is written until then is dropped. */
  | { readonly type: 'restart'; readonly reason: RestartReason }
  /** Nothing more is taken: it was stopped or closed (null), or cannot go on. */
  | { readonly type: 'closed'; readonly error: PushError | null };

/** Events of a `MediaPush` by the type that a listener asks for. */
export type PushEventMap = { [E in PushEvent as E['type']]: E };

/** Media cannot be pushed any further. */
export class PushError extends Error {
  override readonly name = 'PushError';
  /** The server's code, such as ERR_STREAM_NOT_FOUND. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

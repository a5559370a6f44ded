import type { StreamTarget } from '../options.js';
import type { PushWebSocketConstructor } from '../web-socket.js';

/** Where media is pushed to, and how. The stream must have been added with `push: true`. */
export interface PushOptions extends StreamTarget {
  /** Default: the platform's, else that of the `ws` package. */
  readonly WebSocket?: PushWebSocketConstructor;
  /** Upper end of the first wait before connecting again, in ms; it doubles with every attempt. Default 250. */
  readonly backoffInitialMs?: number;
  /** The wait never gets longer than this, in ms. Default 3000: the server keeps a sender's place only for a while. */
  readonly backoffMaxMs?: number;
  /** A connection on which sent media is not acknowledged, and nothing else is said, for this long counts as lost, in ms. Default 5000. */
  readonly silenceMs?: number;
  /** Bytes that may wait for the server's acknowledgement; with one more the file cannot go on. Default 8 MiB. */
  readonly maxUnackedBytes?: number;
  /** Monotonic clock in ms. Default: `performance.now()`. */
  readonly nowMs?: () => number;
}

/** `options` with what was left out. */
export function completed(options: PushOptions) {
  return {
    backoffInitialMs: 250,
    backoffMaxMs: 3000,
    silenceMs: 5000,
    maxUnackedBytes: 8 * 1024 * 1024,
    nowMs: () => performance.now(),
    ...options,
  };
}

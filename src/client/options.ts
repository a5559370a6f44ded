import type { WebSocketConstructor } from './web-socket.js';

/** A stream of a server, and what lets a client in. */
export interface StreamTarget {
  /** Address of the server, for example `http://127.0.0.1:8787`. */
  readonly baseUrl: string;
  /** Id of the stream. */
  readonly stream: string;
  /** The server's token, where it asks for one. */
  readonly token?: string;
}

/** What to subscribe to, and how. */
export interface SubscribeOptions extends StreamTarget {
  /** `EPOCH:SEQ` of the last score that is known already; what came after it is sent first. Default: start with the next score. */
  readonly since?: string;
  /** `session` of the hello message that `since` belongs to. */
  readonly session?: string;
  /** Default: the platform's, else that of the `ws` package. */
  readonly WebSocket?: WebSocketConstructor;
  /** Upper end of the first wait before connecting again, in ms; it doubles with every attempt. Default 500. */
  readonly backoffInitialMs?: number;
  /** The wait never gets longer than this, in ms. Default 15 000. */
  readonly backoffMaxMs?: number;
  /** A connection on which nothing came for this long counts as lost, in ms. Default 45 000: the server speaks every 30 000 at least. */
  readonly silenceMs?: number;
}

/** Options of a whole address, such as `http://host:8787/v1/streams/door/scores?since=0:12`. */
export function optionsOf(address: string): SubscribeOptions {
  const url = new URL(address);
  const match = /^(.*)\/v1\/streams\/([^/]+)\/scores$/.exec(url.pathname);
  if (match === null)
    throw new TypeError(`not the address of scores; got ${url.pathname}; expected …/v1/streams/ID/scores`);
  const [, prefix = '', stream = ''] = match;
  const since = url.searchParams.get('since');
  const session = url.searchParams.get('session');
  return {
    baseUrl: `${url.protocol}//${url.host}${prefix}`,
    stream: decodeURIComponent(stream),
    ...(since !== null && { since }),
    ...(session !== null && { session }),
  };
}

import type { ServerMessage } from '../core/protocol.js';

/**
 * The connection was made, lost, or refused. Between `lost` and `open` messages may be late, but none is missed while the server
 * still has it; `refused` is final.
 */
export type ConnectionEvent =
  | { readonly type: 'connection'; readonly state: 'open' }
  | {
      readonly type: 'connection';
      readonly state: 'lost';
      readonly retryInMs: number;
      /** What the platform tells of the reason, which in a browser is nothing. */
      readonly detail: string;
    }
  | {
      readonly type: 'connection';
      /** The server wants another token, or another origin: the subscription is over. */
      readonly state: 'refused';
      /** The server's code, such as ERR_AUTH_REQUIRED. */
      readonly code: string;
      readonly detail: string;
    };

/** What listeners get, by the type that they ask for. */
export type EventMap = {
  [M in ServerMessage as M['type']]: Extract<ServerMessage, { type: M['type'] }>;
} & { connection: ConnectionEvent };

/** The subscription cannot go on. */
export class SubscriptionError extends Error {
  override readonly name = 'SubscriptionError';
  /** A code of the server's, or ERR_CLIENT_SLOW where the program reads slower than scores come. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

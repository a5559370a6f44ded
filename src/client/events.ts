import type { ServerMessage } from '../core/protocol.js';

/** The connection was made, or lost. Between the two messages may be late, but none is missed while the server still has it. */
export type ConnectionEvent =
  | { readonly type: 'connection'; readonly state: 'open' }
  | {
      readonly type: 'connection';
      readonly state: 'lost';
      readonly retryInMs: number;
      /** What the platform tells of the reason, which in a browser is nothing. */
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

import { subscribe, type ConnectionEvent, type Subscription } from '../../src/client/index.js';
import type { ServerMessage } from '../../src/core/protocol.js';

/** Every message type but those of the connection; checked by the compiler to be all of them. */
const MESSAGE_TYPES = Object.keys({
  hello: true,
  score: true,
  gap: true,
  epoch: true,
  status: true,
  end: true,
  error: true,
} satisfies Record<ServerMessage['type'], true>) as ServerMessage['type'][];

/** What to subscribe to on this page's server, and who is told. */
export interface ScoreFeedOptions {
  readonly streamId: string;
  /** Last position already known; what came after it is sent first. */
  readonly since: { readonly epoch: number; readonly seq: number } | null;
  readonly token: string | null;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onConnection: (event: ConnectionEvent) => void;
}

/** Subscribes until closed; the client reconnects and resumes by itself. */
export function openScoreFeed(options: ScoreFeedOptions): Subscription {
  const { streamId, since, token, onMessage, onConnection } = options;
  const subscription = subscribe({
    baseUrl: location.origin,
    stream: streamId,
    ...(token !== null && { token }),
    ...(since !== null && { since: `${since.epoch}:${since.seq}` }),
  });
  for (const type of MESSAGE_TYPES) subscription.on(type, onMessage);
  subscription.on('connection', onConnection);
  return subscription;
}

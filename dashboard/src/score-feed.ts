import type { ServerMessage } from '../../src/core/protocol.js';
import { openServerSocket } from './server-socket.js';

export interface ScoreFeedOptions {
  readonly streamId: string;
  /** Last message already known; scores after it are sent. */
  readonly since: { readonly epoch: number; readonly seq: number } | null;
  readonly token: string | null;
  readonly onMessage: (message: ServerMessage) => void;
  readonly onConnection: (state: 'open' | 'lost') => void;
}

/** Subscribes until closed; reconnects and resumes by itself. */
export function openScoreFeed(options: ScoreFeedOptions): { close(): void } {
  let since = options.since;
  let session: string | null = null;
  let closed = false;
  let backoffMs = 500;
  let timer = 0;
  let socket: WebSocket | null = null;
  const connect = () => {
    const resume = since === null ? '' : `?since=${since.epoch}:${since.seq}`;
    const query =
      session === null || since === null ? resume : `${resume}&session=${encodeURIComponent(session)}`;
    socket = openServerSocket(
      `/v1/streams/${encodeURIComponent(options.streamId)}/scores${query}`,
      options.token,
    );
    socket.addEventListener('message', (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as ServerMessage;
      backoffMs = 500;
      if (message.type === 'hello') {
        session = message.session;
        options.onConnection('open');
      }
      if (message.type === 'epoch') since = { epoch: message.epoch, seq: -1 };
      if (message.type === 'score') since = { epoch: message.epoch, seq: message.seq };
      if (message.type === 'gap') since = { epoch: message.epoch, seq: message.toSeq };
      if (message.type === 'end') closed = true;
      options.onMessage(message);
    });
    socket.addEventListener('close', () => {
      if (closed) return;
      options.onConnection('lost');
      timer = window.setTimeout(connect, backoffMs);
      backoffMs = Math.min(backoffMs * 2, 10_000);
    });
  };
  connect();
  return {
    close() {
      closed = true;
      window.clearTimeout(timer);
      socket?.close();
    },
  };
}

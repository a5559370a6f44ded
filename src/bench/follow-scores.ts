import { WebSocket } from 'ws';
import type { ServerMessage } from '../core/protocol.js';

/** Subscribes to a stream's scores. That the connection ends shows in the socket's 'close'. */
export function followScores(
  baseUrl: string,
  stream: string,
  onMessage: (message: ServerMessage) => void,
): WebSocket {
  const socket = new WebSocket(`${baseUrl.replace(/^http/, 'ws')}/v1/streams/${stream}/scores`);
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => onMessage(JSON.parse(data.toString()) as ServerMessage));
  return socket;
}

import { WebSocketServer } from 'ws';
import { SUBPROTOCOL } from '../access/auth.js';

/**
 * What makes WebSockets of requests that were let in.
 * @param maxPayloadBytes of one message that the other side sends; beyond it the connection is closed with 1009
 */
export function websocketEndpoint(maxPayloadBytes: number): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
    handleProtocols: (offered) => offered.has(SUBPROTOCOL) && SUBPROTOCOL,
  });
}

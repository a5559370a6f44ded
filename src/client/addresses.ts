import type { StreamTarget } from './options.js';

const SUBPROTOCOL = 'evoked.v1';
const TOKEN_SUBPROTOCOL_PREFIX = 'evoked.v1.token.';

/** Where plain requests about the stream go. */
export function streamAddress({ baseUrl, stream }: StreamTarget): string {
  return `${baseUrl.replace(/^ws/, 'http').replace(/\/+$/, '')}/v1/streams/${encodeURIComponent(stream)}`;
}

/** Where the WebSocket of the stream's scores goes. */
export function scoresAddress(target: StreamTarget, query: string): string {
  return `${streamAddress(target).replace(/^http/, 'ws')}/scores?${query}`;
}

/** Where the WebSocket goes that media is pushed over. */
export function ingestAddress(target: StreamTarget): string {
  return `${streamAddress(target).replace(/^http/, 'ws')}/ingest`;
}

/** Subprotocols to offer; the token is among them, because browsers cannot set headers on a WebSocket. */
export function offeredProtocols({ token }: StreamTarget): string[] {
  return token === undefined ? [SUBPROTOCOL] : [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + base64Url(token)];
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

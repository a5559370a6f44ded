/** Names the protocol to the server, which answers with it. */
const SUBPROTOCOL = 'evoked.v1';
const TOKEN_SUBPROTOCOL_PREFIX = 'evoked.v1.token.';

/** WebSocket of this page's server. Browsers cannot set headers on one, so a token travels as an offered subprotocol. */
export function openServerSocket(path: string, token: string | null): WebSocket {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  if (token === null) return new WebSocket(url);
  return new WebSocket(url, [SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + base64Url(token)]);
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, '-')
    .replace(/\//g, '_')
    .replace(/=+$/, '');
}

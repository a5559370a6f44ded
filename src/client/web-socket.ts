/** As much of a WebSocket as the client uses: a browser's, Node's, or that of the `ws` package. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  close(code?: number): void;
}

/** Makes a WebSocket. */
export type WebSocketConstructor = new (url: string, protocols?: string[]) => WebSocketLike;

/** A WebSocket that media is pushed over. */
export interface PushWebSocket extends WebSocketLike {
  send(data: string | Uint8Array<ArrayBuffer>): void;
}

/** Makes a WebSocket that media is pushed over. */
export type PushWebSocketConstructor = new (url: string, protocols?: string[]) => PushWebSocket;

/** The platform's WebSocket where there is one, else that of the `ws` package (Node 20). */
export async function platformWebSocket(): Promise<PushWebSocketConstructor> {
  const { WebSocket } = globalThis as { WebSocket?: PushWebSocketConstructor };
  if (WebSocket !== undefined) return WebSocket;
  const ws = await import('ws');
  return ws.WebSocket as unknown as PushWebSocketConstructor;
}

import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ErrorCode } from '../../src/core/errors.js';
import type { PackInfo } from '../../src/core/protocol.js';
import { FakeIngest } from './fake-ingest.js';
import { FakeStream, UNTRAINED } from './fake-stream.js';

const PAGE = fileURLToPath(new URL('../../dist/dashboard/', import.meta.url));
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** Stricter than it has to be: the page must work without any exception. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

export interface FakeServerOptions {
  readonly pack?: PackInfo;
  readonly token?: string;
  /** Whether the clock runs: six scores a second for every live stream. */
  readonly running?: boolean;
}

/** The server's surface as the dashboard uses it, over simulated streams. */
export class FakeServer {
  readonly streams = new Map<string, FakeStream>();
  /** What is pushed into the streams that were added for it. */
  readonly ingests = new Map<string, FakeIngest>();
  readonly #options: FakeServerOptions;
  readonly #http: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => offered.has('evoked.v1') && 'evoked.v1',
  });
  #timer: NodeJS.Timeout | null = null;

  private constructor(options: FakeServerOptions) {
    this.#options = options;
    this.#http = createServer((request, response) => void this.#answer(request, response));
    this.#http.on('upgrade', (request: IncomingMessage, socket, head) => {
      if (!this.#allowed(request)) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (peer) => this.#subscribe(request, peer));
    });
  }

  static async start(options: FakeServerOptions = {}, port = 0): Promise<FakeServer> {
    if (!existsSync(join(PAGE, 'index.html'))) throw new Error('dist/dashboard is missing: npm run build');
    const server = new FakeServer(options);
    await new Promise<void>((resolve) => server.#http.listen(port, '127.0.0.1', resolve));
    if (options.running !== false) server.#timer = setInterval(() => server.#tick(), 1000 / 6);
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get numPreviewSockets(): number {
    return [...this.streams.values()].reduce((sum, stream) => sum + stream.previewListeners.size, 0);
  }

  add(id: string, url: string | null = `rtsp://***@camera.local/${id}`): FakeStream {
    const stream = new FakeStream(id, url, this.#options.pack ?? UNTRAINED);
    this.streams.set(id, stream);
    return stream;
  }

  /** Breaks every WebSocket, as a network would. */
  dropSockets(): void {
    for (const peer of this.#sockets.clients) peer.terminate();
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.dropSockets();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #tick(): void {
    for (const stream of this.streams.values()) {
      if (stream.state === 'live' || stream.state === 'degraded') stream.advance();
    }
  }

  #allowed(request: IncomingMessage): boolean {
    const { token } = this.#options;
    if (token === undefined) return true;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
    const subprotocol = `evoked.v1.token.${Buffer.from(token).toString('base64url')}`;
    return request.headers.authorization === `Bearer ${token}` || offered.includes(subprotocol);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    if (!pathname.startsWith('/v1/')) {
      this.#sendFile(pathname, response);
      return;
    }
    if (!this.#allowed(request)) {
      sendError(response, 401, 'ERR_AUTH_REQUIRED', 'The request carries no valid token');
      return;
    }
    const id = decodeURIComponent(pathname.slice('/v1/streams/'.length));
    if (request.method === 'POST') await this.#create(request, response);
    else if (request.method === 'DELETE') {
      this.ingests.delete(id);
      if (this.streams.delete(id)) response.writeHead(204).end();
      else sendError(response, 404, 'ERR_STREAM_NOT_FOUND', 'There is no stream of this id');
    } else
      sendJson(
        response,
        200,
        [...this.streams.values()].map((stream) => stream.info),
      );
  }

  async #create(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { id, url = '', push } = JSON.parse(text) as { id: string; url?: string; push?: true };
    if (push !== true && !/^[a-z]+:/.test(url)) {
      sendError(
        response,
        400,
        'ERR_SOURCE_URL',
        `The scheme is not supported; got ${url}; expected rtsp://, film:`,
      );
    } else if (this.streams.has(id)) {
      sendError(response, 409, 'ERR_STREAM_EXISTS', `There is a stream ${id} already`);
    } else {
      const stream = this.add(id, push === true ? null : url);
      if (push === true) this.ingests.set(id, new FakeIngest(stream));
      sendJson(response, 201, stream.info);
    }
  }

  #subscribe(request: IncomingMessage, peer: WebSocket): void {
    const url = new URL(request.url ?? '/', 'http://fake');
    const [, id = '', kind] = /^\/v1\/streams\/([^/]+)\/(scores|preview|ingest)$/.exec(url.pathname) ?? [];
    const stream = this.streams.get(decodeURIComponent(id));
    if (stream === undefined) {
      peer.close(4404, 'ERR_STREAM_NOT_FOUND');
      return;
    }
    if (kind === 'ingest') {
      this.ingests.get(stream.id)?.take(peer);
      return;
    }
    if (kind === 'preview') {
      const send = (message: Buffer) => peer.send(message);
      stream.previewListeners.add(send);
      peer.on('close', () => stream.previewListeners.delete(send));
      return;
    }
    const send = (message: unknown) => peer.send(JSON.stringify(message));
    const [epoch, seq] = (url.searchParams.get('since') ?? '').split(':').map(Number);
    const since = epoch === undefined || seq === undefined ? null : { epoch, seq };
    send(stream.hello);
    stream.after(since).forEach(send);
    stream.listeners.add(send);
    peer.on('close', () => stream.listeners.delete(send));
  }

  #sendFile(pathname: string, response: ServerResponse): void {
    const path = join(PAGE, normalize(pathname === '/' ? '/index.html' : pathname));
    if (!path.startsWith(PAGE) || !existsSync(path)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
    createReadStream(path).pipe(response);
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function sendError(response: ServerResponse, status: number, code: ErrorCode, message: string): void {
  sendJson(response, status, { code, message, requestId: 'fake' });
}

import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { EvokedError } from '../../core/errors.js';
import type { HttpError } from '../../core/protocol.js';
import { DRAIN_MS } from './audience.js';
import { describeError } from '../http/errors.js';
import { IngestGate, type IngestGateOptions } from '../ingest/ingest-gate.js';
import { Keepalive } from './keepalive.js';
import type { RequestGuard } from '../access/request-guard.js';
import { resumePosition } from './resume-position.js';
import { websocketEndpoint } from './websocket-endpoint.js';
import { endSocket, previewSink, scoreSink } from './websocket-sinks.js';

const PATH = /^\/v1\/streams\/([^/]+)\/(scores|preview|ingest)$/;
/** Subscribers have nothing to say. */
const MAX_PAYLOAD_BYTES = 1024;

/** What the gate leads to. */
export interface WebSocketGateOptions extends IngestGateOptions {
  readonly guard: RequestGuard;
}

/**
 * Lets WebSockets in. Who may not come in is told by HTTP and never becomes a WebSocket; what else is wrong (no such stream,
 * a malformed since, too many subscribers) is told by an `error` message, because a browser shows a page nothing of a
 * refused upgrade.
 */
export class WebSocketGate {
  readonly #options: WebSocketGateOptions;
  readonly #keepalive: Keepalive;
  readonly #ingest: IngestGate;
  readonly #server = websocketEndpoint(MAX_PAYLOAD_BYTES);

  constructor(options: WebSocketGateOptions) {
    this.#options = options;
    const { registry, keepaliveMs, scheduler } = options;
    // Pages are not shown pings.
    const breakSilence = (): void => registry.all.forEach((session) => session.breakSilence());
    this.#ingest = new IngestGate(options);
    this.#keepalive = new Keepalive(() => this.#server.clients, keepaliveMs, scheduler, breakSilence);
  }

  attach(server: Server): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      try {
        this.#upgrade(request, socket, head);
      } catch (error) {
        refuse(socket, error);
      }
    });
  }

  /** Resolves when every WebSocket is closed; cuts off those that take too long. */
  async close(): Promise<void> {
    this.#keepalive.stop();
    this.#ingest.stop();
    const closed = this.#clients.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const cutOff = this.#options.scheduler.schedule(() => {
      for (const socket of this.#clients) socket.terminate();
    }, DRAIN_MS);
    await Promise.all(closed);
    cutOff.unsubscribe();
  }

  get #clients(): readonly WebSocket[] {
    return [...this.#server.clients, ...this.#ingest.clients];
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#options.guard.checkPrivate(request.headers);
    const [pathname = '', query] = (request.url ?? '').split('?', 2);
    const [, id, kind] = PATH.exec(pathname) ?? [];
    if (id === undefined || kind === undefined) {
      throw new EvokedError('ERR_ROUTE_NOT_FOUND', {
        what: 'there is no WebSocket at this path',
        got: pathname,
      });
    }
    if (kind === 'ingest') {
      this.#ingest.accept(request, socket, head, id);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => webSocket.terminate());
      this.#keepalive.watch(webSocket);
      try {
        if (kind === 'scores') this.#subscribe(webSocket, id, new URLSearchParams(query));
        else this.#watchPreview(webSocket, id);
      } catch (error) {
        const { code, message } = describeError(error).error;
        endSocket(webSocket, { type: 'error', code, message }, this.#options.scheduler);
      }
    });
  }

  #subscribe(webSocket: WebSocket, id: string, query: URLSearchParams): void {
    const { registry, limit, scheduler } = this.#options;
    const session = registry.get(id);
    const since = resumePosition(session, query.get('since'), query.get('session'));
    webSocket.once('close', limit.take('websocket'));
    webSocket.once('close', session.subscribe(scoreSink(webSocket, scheduler), since));
  }

  #watchPreview(webSocket: WebSocket, id: string): void {
    const { registry, limit, scheduler } = this.#options;
    const session = registry.get(id);
    webSocket.once('close', limit.take('preview'));
    webSocket.once('close', session.watchPreview(previewSink(webSocket, scheduler)));
  }
}

function refuse(socket: Duplex, thrown: unknown): void {
  const { error, status } = describeError(thrown);
  const body: HttpError = { code: error.code, message: error.message, requestId: randomUUID() };
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(status === 401 ? ['WWW-Authenticate: Bearer'] : []),
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`, () => socket.destroy());
}

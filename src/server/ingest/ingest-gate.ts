import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import type { SchedulerLike } from 'rxjs';
import type { WebSocket } from 'ws';
import type { ConnectionLimit } from '../delivery/connection-limit.js';
import { Keepalive } from '../delivery/keepalive.js';
import { websocketEndpoint } from '../delivery/websocket-endpoint.js';
import { endSocket } from '../delivery/websocket-sinks.js';
import { describeError } from '../http/errors.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { MAX_RAW_BYTES } from '../../streams/push/raw-message.js';
import type { StreamRegistry } from '../session/stream-registry.js';
import { IngestConnection } from './ingest-connection.js';

/** What senders are let in to. */
export interface IngestGateOptions {
  readonly registry: StreamRegistry;
  readonly limit: ConnectionLimit;
  readonly scheduler: SchedulerLike;
  readonly keepaliveMs: number;
  /** For how long a lost connection may be taken up again. */
  readonly resumeMs: number;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** WebSockets of senders: unlike subscribers they have a lot to say. Who may come in was decided before. */
export class IngestGate {
  readonly #options: IngestGateOptions;
  readonly #keepalive: Keepalive;
  readonly #server = websocketEndpoint(MAX_RAW_BYTES);

  constructor(options: IngestGateOptions) {
    this.#options = options;
    this.#keepalive = new Keepalive(
      () => this.#server.clients,
      options.keepaliveMs,
      options.scheduler,
      () => undefined,
    );
  }

  get clients(): ReadonlySet<WebSocket> {
    return this.#server.clients;
  }

  /** Makes a WebSocket of a request that may push into the stream, if there is one. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, stream: string): void {
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      // A message beyond the limit: ws closes with 1009 by itself.
      webSocket.on('error', () => undefined);
      this.#keepalive.watch(webSocket);
      const { registry, limit, scheduler, resumeMs, metrics, log } = this.#options;
      try {
        const session = registry.get(stream);
        webSocket.once('close', limit.take('ingest'));
        const connection = new IngestConnection({
          socket: webSocket,
          stream,
          inlet: () => session.inlet,
          resumeMs,
          scheduler,
          metrics,
          log,
        });
        webSocket.once(
          'close',
          session.attend((error) => connection.end(error)),
        );
      } catch (error) {
        const { code, message } = describeError(error).error;
        metrics.ingestRefused(code);
        endSocket(webSocket, { type: 'error', code, message }, scheduler);
      }
    });
  }

  stop(): void {
    this.#keepalive.stop();
  }
}

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { timer, firstValueFrom } from 'rxjs';
import { STREAM_ID, type Config } from '../core/config.js';
import { EvokedError } from '../core/errors.js';
import type { StreamInfo } from '../core/protocol.js';
import { DRAIN_MS } from './delivery/audience.js';
import { SHUTDOWN_REASON } from './delivery/close-code.js';
import type { RtmpReceiver } from '../streams/rtmp/rtmp-receiver.js';
import { createRtmpIngest } from './ingest/rtmp-ingest.js';
import { ConnectionLimit } from './delivery/connection-limit.js';
import { EventLoopDelay } from './metrics/event-loop-delay.js';
import { createApp } from './http/create-app.js';
import { shareWithAllowedOrigins } from './http/cross-origin.js';
import { addDashboardRoutes } from './http/dashboard-routes.js';
import { addLoginRoute, addMetricsRoute, addProbeRoutes } from './http/operations-routes.js';
import { addScoreRoutes } from './http/score-route.js';
import { addStreamRoutes } from './http/stream-routes.js';
import type { Parts } from './session/parts.js';
import { RequestGuard } from './access/request-guard.js';
import { ServerMetrics } from './metrics/server-metrics.js';
import type { Session } from './session/session.js';
import { StreamRegistry, countStates } from './session/stream-registry.js';
import { WebSocketGate } from './delivery/websocket-gate.js';

/** What a server is made from. */
export interface EvokedServerOptions {
  readonly config: Config;
  readonly parts: Parts;
  readonly log: Logger;
  readonly dashboardFolder: string;
  readonly keepaliveMs: number;
}

/** A server: streams, their scores over HTTP and WebSockets, the dashboard. Made by `createServer`. */
export class EvokedServer {
  readonly #options: EvokedServerOptions;
  readonly #sessions = new Map<string, Session>();
  readonly #eventLoop = new EventLoopDelay();
  readonly #limit: ConnectionLimit;
  readonly #guard: RequestGuard;
  readonly #metrics: ServerMetrics;
  readonly #registry: StreamRegistry;
  readonly #gate: WebSocketGate;
  readonly #app: FastifyInstance;
  readonly #rtmp: RtmpReceiver | null;
  #closing: Promise<void> | null = null;

  constructor(options: EvokedServerOptions) {
    const { config, parts, log, keepaliveMs } = options;
    this.#options = options;
    this.#limit = new ConnectionLimit(config.maxSubscribers);
    this.#guard = new RequestGuard(config, parts.clock);
    this.#metrics = new ServerMetrics(this.#metricsSources(), this.#eventLoop);
    this.#registry = new StreamRegistry({ config, parts, log, metrics: this.#metrics }, this.#sessions);
    const { scheduler } = parts;
    const subscriptions = { registry: this.#registry, limit: this.#limit, scheduler, keepaliveMs };
    this.#gate = new WebSocketGate({
      ...subscriptions,
      guard: this.#guard,
      metrics: this.#metrics,
      log,
      resumeMs: config.source.readTimeoutMs,
    });
    this.#app = createApp(this.#guard, log);
    this.#addRoutes(subscriptions);
    this.#gate.attach(this.#app.server);
    this.#rtmp = createRtmpIngest({ config, parts, registry: this.#registry, metrics: this.#metrics, log });
  }

  /** Base address, for example `http://127.0.0.1:8787`. */
  get address(): string {
    const { address, family, port } = this.#socketAddress;
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  get port(): number {
    return this.#socketAddress.port;
  }

  /** Where encoders publish to, a key behind it: for example `rtmp://127.0.0.1:1935/live`; null where nothing listens. */
  get rtmpAddress(): string | null {
    return this.#rtmp?.address ?? null;
  }

  /** @throws {EvokedError} ERR_SERVER_ADDRESS, ERR_INGEST_RECEIVER */
  async listen(): Promise<void> {
    const { host, port } = this.#options.config;
    try {
      await this.#app.listen({ host, port });
    } catch (cause) {
      const got = `${host}:${port} (${(cause as NodeJS.ErrnoException).code ?? String(cause)})`;
      const expected = 'an address of this machine and a free port; --port 0 takes any';
      throw new EvokedError('ERR_SERVER_ADDRESS', { what: 'cannot listen', got, expected, cause });
    }
    await this.#rtmp?.listen();
  }

  /**
   * Adds a stream and starts it. The source is the operator's own: no policy holds for it.
   * @param id 1 to 64 of a-z, A-Z, 0-9, _ and -
   * @throws {EvokedError} ERR_REQUEST_INVALID, ERR_STREAM_EXISTS, ERR_STREAM_LIMIT, ERR_SOURCE_URL
   */
  addStream(id: string, url: string): StreamInfo {
    if (!STREAM_ID.test(id)) {
      const got = JSON.stringify(id.slice(0, 80));
      const expected = '1 to 64 of a-z, A-Z, 0-9, _ and -';
      throw new EvokedError('ERR_REQUEST_INVALID', { what: 'not an id for a stream', got, expected });
    }
    return this.#registry.add(id, url, 'operator').info();
  }

  /**
   * Takes no more requests, ends every stream and tells its subscribers, closes the engine. Takes a few seconds at most. May
   * be called twice.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#guard.close();
    const rtmpClosed = this.#rtmp?.close();
    this.#registry.closeAll(SHUTDOWN_REASON);
    await this.#gate.close();
    await this.#eventStreamsClosed();
    await this.#app.close();
    await rtmpClosed;
    await this.#options.parts.engine.close();
    this.#eventLoop.stop();
  }

  async #eventStreamsClosed(): Promise<void> {
    const { scheduler } = this.#options.parts;
    const endAtMs = scheduler.now() + DRAIN_MS;
    while (this.#limit.count('sse') > 0 && scheduler.now() < endAtMs)
      await firstValueFrom(timer(20, scheduler));
  }

  #addRoutes(subscriptions: Parameters<typeof addScoreRoutes>[1]): void {
    const guard = this.#guard;
    addProbeRoutes(this.#app);
    void this.#app.register(async (app) => addDashboardRoutes(app, guard, this.#options.dashboardFolder));
    void this.#app.register((app, _options, done) => {
      app.addHook('onRequest', (request, _reply, next) => {
        guard.checkOrigin(request.headers);
        next();
      });
      addLoginRoute(app, guard);
      done();
    });
    void this.#app.register((app, _options, done) => {
      shareWithAllowedOrigins(app, guard);
      app.addHook('onRequest', (request, reply, next) => {
        reply.header('cache-control', 'no-store');
        guard.checkPrivate(request.headers);
        next();
      });
      addStreamRoutes(app, this.#registry, this.#options.parts.engine.pack);
      addScoreRoutes(app, subscriptions);
      addMetricsRoute(app, this.#metrics);
      done();
    });
  }

  #metricsSources(): ConstructorParameters<typeof ServerMetrics>[0] {
    const sessions = this.#sessions;
    return {
      streamsByState: () => countStates(sessions.values()),
      numWaitingSegments: () =>
        [...sessions.values()].reduce((sum, each) => sum + each.numWaitingSegments, 0),
      queueDepths: () => this.#options.parts.engine.queueDepths(),
      numSubscribers: (kind) => this.#limit.count(kind),
      numRtmpConnections: () => ({
        publishing: this.#rtmp?.numPublishers ?? 0,
        all: this.#rtmp?.numConnections ?? 0,
      }),
    };
  }

  get #socketAddress(): AddressInfo {
    return this.#app.server.address() as AddressInfo;
  }
}

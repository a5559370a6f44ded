import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SchedulerLike } from 'rxjs';
import { EvokedError } from '../../core/errors.js';
import type { ConnectionLimit } from '../delivery/connection-limit.js';
import { eventStreamSink, KEEPALIVE_COMMENT } from '../delivery/event-stream.js';
import { resumePosition } from '../delivery/resume-position.js';
import type { StreamRegistry } from '../session/stream-registry.js';

interface ScoreRequest {
  Params: { id: string };
  Querystring: { since?: unknown; session?: unknown };
}

/** What the routes of subscriptions need. */
export interface ScoreRouteOptions {
  readonly registry: StreamRegistry;
  readonly limit: ConnectionLimit;
  readonly scheduler: SchedulerLike;
  readonly keepaliveMs: number;
}

/** `GET /v1/streams/{id}/scores` as server-sent events; what is only a WebSocket says so. */
export function addScoreRoutes(app: FastifyInstance, options: ScoreRouteOptions): void {
  const { registry, limit, scheduler, keepaliveMs } = options;

  app.get<ScoreRequest>('/v1/streams/:id/scores', { exposeHeadRoute: false }, (request, reply) => {
    if (!acceptsEventStream(request)) throw upgradeRequired('a WebSocket, or Accept: text/event-stream');
    const session = registry.get(request.params.id);
    // An EventSource connects again with the address it was made with: what it has since then is in the header.
    const lastEventId = request.headers['last-event-id'];
    const since = resumePosition(session, lastEventId ?? request.query.since, request.query.session);
    const { raw } = reply;
    requireFrontOfConnection(raw);
    const release = limit.take('sse');
    reply.hijack();
    raw.setHeaders(new Map(Object.entries(reply.getHeaders()) as [string, string][]));
    raw.once('close', release);
    const leave = session.subscribe(eventStreamSink(raw, scheduler), since);
    const keepalive = scheduler.schedule(function () {
      if (!raw.writableEnded && raw.writableLength === 0) raw.write(KEEPALIVE_COMMENT);
      this.schedule(undefined, keepaliveMs);
    }, keepaliveMs);
    raw.once('close', () => {
      keepalive.unsubscribe();
      leave();
    });
  });

  app.get('/v1/streams/:id/preview', () => {
    throw upgradeRequired('a WebSocket');
  });
}

function acceptsEventStream(request: FastifyRequest): boolean {
  return /(^|[\s,])text\/event-stream\b/i.test(request.headers.accept ?? '');
}

/** A response that waits behind another one on its connection has no socket, and is never told that the client is gone. */
function requireFrontOfConnection(response: ServerResponse): void {
  if (response.socket !== null) return;
  throw new EvokedError('ERR_REQUEST_INVALID', {
    what: 'a subscription needs a connection of its own',
    got: 'a request sent before the answer to the one before had ended',
  });
}

function upgradeRequired(expected: string): EvokedError {
  return new EvokedError('ERR_UPGRADE_REQUIRED', {
    what: 'this path is a subscription',
    got: 'a plain GET',
    expected,
  });
}

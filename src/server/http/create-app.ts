import { randomUUID } from 'node:crypto';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { EvokedError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact-url.js';
import type { RequestGuard } from '../access/request-guard.js';
import { sendError } from './errors.js';

const BODY_LIMIT_BYTES = 64 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 10_000;

/** A fastify without routes: limits, the guard for public paths, errors and logging. */
export function createApp(guard: RequestGuard, log: Logger): FastifyInstance {
  const loggerInstance: FastifyBaseLogger = log;
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
    // Longer than any id, so that a path that names none is answered like every other.
    routerOptions: { maxParamLength: 4096 },
    frameworkErrors: sendError,
  });
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'x-request-id': request.id, 'x-content-type-options': 'nosniff' });
    guard.checkPublic(request.headers);
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const { method, url } = request;
    request.log.debug(
      { method, url: redactUrl(url), status: reply.statusCode, ms: reply.elapsedTime },
      'request',
    );
    done();
  });
  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    const got = `${request.method} ${redactUrl(request.url).slice(0, 200)}`;
    sendError(
      new EvokedError('ERR_ROUTE_NOT_FOUND', { what: 'there is nothing at this path', got }),
      request,
      reply,
    );
  });
  return app;
}

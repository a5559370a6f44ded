import type { FastifyInstance } from 'fastify';
import type { RequestGuard } from '../access/request-guard.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { loginBody, parseBody } from './request-body.js';

/** `/healthz` and `/readyz`, for probes without a token. */
export function addProbeRoutes(app: FastifyInstance): void {
  // While the server closes, the guard refuses both with ERR_SERVER_CLOSING before they are reached.
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', () => ({ status: 'ready' }));
}

/** `/v1/login`: the token against a cookie. */
export function addLoginRoute(app: FastifyInstance, guard: RequestGuard): void {
  app.post('/v1/login', (request, reply) => {
    const { token } = parseBody(loginBody, request.body);
    return reply.header('set-cookie', guard.auth.login(token)).code(204).send();
  });
}

/** `/metrics`. */
export function addMetricsRoute(app: FastifyInstance, metrics: ServerMetrics): void {
  app.get('/metrics', async (_request, reply) => {
    const text = await metrics.render();
    return reply.header('content-type', metrics.contentType).send(text);
  });
}

import type { FastifyInstance } from 'fastify';
import type { RequestGuard } from '../access/request-guard.js';

const PREFLIGHT_ANSWER = {
  'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '600',
};

const SHARED_PATHS = ['/v1/streams', '/v1/streams/*', '/v1/packs'];

/**
 * Lets pages of `allowedOrigins` read the answers of the routes of `app` (CORS). They bring the token themselves: with a login's
 * cookie no browser lets them read anything. To be called before what checks the token, which no preflight carries.
 */
export function shareWithAllowedOrigins(app: FastifyInstance, guard: RequestGuard): void {
  app.addHook('onRequest', (request, reply, next) => {
    // Also where there is no Origin: a cache must not give such an answer to a page.
    reply.header('vary', 'Origin');
    const { origin, 'access-control-request-method': wantedMethod } = request.headers;
    if (origin === undefined || !guard.allowsOrigin(origin)) {
      next();
      return;
    }
    reply.header('access-control-allow-origin', origin);
    if (request.method === 'OPTIONS' && wantedMethod !== undefined) {
      void reply.code(204).headers(PREFLIGHT_ANSWER).send();
    } else next();
  });
  // Hooks run for routes alone.
  for (const path of SHARED_PATHS) app.options(path, (_request, reply) => reply.callNotFound());
}

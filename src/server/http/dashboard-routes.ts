import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RequestGuard } from '../access/request-guard.js';

const ONE_YEAR_MS = 365 * 24 * 3600 * 1000;

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>evoked</title>
<h1>The dashboard is not built</h1>
<p>Run <code>npm run build</code> and start the server again. The API is running: see <a href="/v1/streams">/v1/streams</a>.</p>
</html>
`;

/** Where `npm run build` puts the dashboard. */
export function builtDashboardFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve('evoked/package.json')), 'dist', 'dashboard');
}

/** `/`: the dashboard. `/?token=…` exchanges the token for a cookie and leaves the address without it. */
export async function addDashboardRoutes(
  app: FastifyInstance,
  guard: RequestGuard,
  folder: string,
): Promise<void> {
  const built = existsSync(join(folder, 'index.html'));
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    done();
  });

  app.get<{ Querystring: { token?: unknown } }>('/', (request, reply) => {
    const { token } = request.query;
    if (typeof token === 'string') {
      return reply
        .header('set-cookie', guard.auth.login(token))
        .header('cache-control', 'no-store')
        .redirect('/', 303);
    }
    return built ? sendIndex(reply) : sendNotBuilt(reply);
  });

  if (!built) return;
  await app.register(fastifyStatic, {
    root: folder,
    index: false,
    dotfiles: 'ignore',
    cacheControl: false,
    setHeaders: (response, path) => {
      // Vite names what is under assets/ by its content.
      const immutable = path.startsWith(join(folder, 'assets'));
      response.setHeader(
        'cache-control',
        immutable ? `public, max-age=${ONE_YEAR_MS / 1000}, immutable` : 'no-cache',
      );
    },
  });
}

function sendIndex(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return reply.code(503).header('cache-control', 'no-store').type('text/html; charset=utf-8').send(NOT_BUILT);
}

import type { FastifyInstance } from 'fastify';
import { makeStreamKey } from '../ingest/stream-key.js';
import { EvokedError } from '../../core/errors.js';
import type { CreatedStream, PackInfo } from '../../core/protocol.js';
import type { StreamRegistry } from '../session/stream-registry.js';
import { addStreamBody, parseBody, patchStreamBody } from './request-body.js';

interface ById {
  Params: { id: string };
}

/** `/v1/streams`, `/v1/streams/{id}` and `/v1/packs`. */
export function addStreamRoutes(app: FastifyInstance, registry: StreamRegistry, pack: PackInfo): void {
  app.get('/v1/streams', () => registry.all.map((session) => session.info()));

  app.post('/v1/streams', (request, reply) => {
    const { id, url, push, pack: wantedPack } = parseBody(addStreamBody, request.body);
    requirePack(wantedPack, pack);
    const path = `/v1/streams/${id}`;
    const key = push === true ? makeStreamKey() : null;
    const info = registry.add(id, key === null ? url! : `push:${key}`, 'request').info();
    const created: CreatedStream = key === null ? info : { ...info, ingest: { path: `${path}/ingest`, key } };
    return reply.code(201).header('location', path).send(created);
  });

  app.get<ById>('/v1/streams/:id', (request) => registry.get(request.params.id).info());

  app.patch<ById>('/v1/streams/:id', (request) => {
    const session = registry.get(request.params.id);
    const { url } = parseBody(patchStreamBody, request.body);
    if (url === undefined) session.restart();
    else registry.change(session.id, url);
    return session.info();
  });

  app.delete<ById>('/v1/streams/:id', (request, reply) => {
    registry.remove(request.params.id);
    return reply.code(204).send();
  });

  app.get('/v1/packs', () => [pack]);
}

function requirePack(wanted: string | undefined, loaded: PackInfo): void {
  if (wanted === undefined || wanted === loaded.name) return;
  throw new EvokedError('ERR_NOT_SUPPORTED', {
    what: 'a server runs one pack for all of its streams',
    got: JSON.stringify(wanted),
    expected: JSON.stringify(loaded.name),
  });
}

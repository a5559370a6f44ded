import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { refusal } from './socket-client.js';
import { json, startTestServer } from './test-server.js';

const POST = (body: unknown): RequestInit => json('POST', body);

describe('HTTP', () => {
  it('adds, lists, shows and removes streams', async () => {
    const test = await startTestServer();
    const added = await test.fetch(
      '/v1/streams',
      POST({ id: 'door', url: 'rtsp://me:pw@192.0.2.1/?token=abc' }),
    );
    expect(added.status).toBe(201);
    expect(added.headers.get('location')).toBe('/v1/streams/door');
    expect(await added.json()).toMatchObject({
      id: 'door',
      url: 'rtsp://***@192.0.2.1/?token=***',
      state: 'connecting',
    });
    expect(await (await test.fetch('/v1/streams')).json()).toMatchObject([{ id: 'door' }]);
    expect(await (await test.fetch('/v1/streams/door')).json()).toMatchObject({ id: 'door' });
    expect((await test.fetch('/v1/streams/door', { method: 'DELETE' })).status).toBe(204);
    expect(await (await test.fetch('/v1/streams')).json()).toEqual([]);
    expect(test.log.join()).not.toMatch(/pw@|abc/);
  });

  it.each([
    [{}, 400, 'ERR_REQUEST_INVALID', 'id: got nothing, expected 1 to 64 of a-z'],
    [{ id: 'door' }, 400, 'ERR_REQUEST_INVALID', 'url'],
    [{ id: 'a b', url: 'film:1' }, 400, 'ERR_REQUEST_INVALID', 'id'],
    [{ id: '../etc', url: 'film:1' }, 400, 'ERR_REQUEST_INVALID', 'id'],
    [{ id: 'x'.repeat(65), url: 'film:1' }, 400, 'ERR_REQUEST_INVALID', 'id'],
    [{ id: 'door', url: 7 }, 400, 'ERR_REQUEST_INVALID', 'url: got 7, expected text'],
    [{ id: 'door', url: 'film:1', shape: 'round' }, 400, 'ERR_REQUEST_INVALID', 'unknown shape'],
    [{ id: 'door', url: 'gopher://x' }, 400, 'ERR_SOURCE_URL', 'gopher'],
    [{ id: 'door', url: 'rtsp://u:hunter2@[bad' }, 400, 'ERR_SOURCE_URL', 'rtsp'],
    [{ id: 'door', url: 'film:1', push: true }, 400, 'ERR_REQUEST_INVALID', 'push'],
    [{ id: 'door', url: 'push:hunter2' }, 400, 'ERR_SOURCE_URL', '16 to 200'],
    [{ id: 'door', url: 'film:1', pack: 'other' }, 501, 'ERR_NOT_SUPPORTED', 'fake'],
    [{ id: 'door', url: 'rtsp://u:hunter2@192.168.1.20/' }, 403, 'ERR_SOURCE_FORBIDDEN', '192.168.1.20'],
    [{ id: 'door', url: 'http://2130706433/' }, 403, 'ERR_SOURCE_FORBIDDEN', '--allow-address 127.0.0.1'],
    [{ id: 'door', url: '/etc/passwd' }, 403, 'ERR_SOURCE_FORBIDDEN', '--files-folder'],
    [{ id: 'door', url: 'hello' }, 403, 'ERR_SOURCE_FORBIDDEN', 'rtsp://hello/'],
    [{ id: 'door', url: '192.168.1.5:554/live' }, 400, 'ERR_SOURCE_URL', 'rtsp://192.168.1.5/'],
    [{ id: 'door', url: 'camera:' }, 403, 'ERR_SOURCE_DEVICE', '--allow-devices'],
    [{ id: 'taken', url: 'film:1' }, 409, 'ERR_STREAM_EXISTS', 'taken'],
    [[], 400, 'ERR_REQUEST_INVALID', 'body'],
  ])('refuses %j', async (body, status, code, mention) => {
    const test = await startTestServer();
    test.server.addStream('taken', 'film:1');
    const answer = await test.fetch('/v1/streams', POST(body));
    const error = (await answer.json()) as { code: string; message: string; requestId: string };
    expect([answer.status, error.code]).toEqual([status, code]);
    expect(error.message).toContain(mention);
    expect(error.message).not.toContain('hunter2');
    expect(error.requestId).toBe(answer.headers.get('x-request-id'));
    expect(test.inputs.length).toBe(1);
  });

  it('holds what a request names against the policy, and nothing that the operator named', async () => {
    const test = await startTestServer({ source: { allowAddresses: ['10.0.0.0/8'], filesFolder: tmpdir() } });
    const policies = (): unknown[] => test.inputs.map(({ options }) => options.policy);
    test.server.addStream('door', 'rtsp://192.168.1.20/live');
    expect((await test.fetch('/v1/streams/door', json('PATCH', { restart: true }))).status).toBe(200);
    expect(policies()).toEqual([null, null]);
    const own = await test.fetch('/v1/streams/door', json('PATCH', { url: 'rtsp://192.168.1.20/live' }));
    expect(own.status).toBe(403);
    expect(await own.json()).toMatchObject({ code: 'ERR_SOURCE_FORBIDDEN' });
    expect(test.inputs).toHaveLength(2);
    const held = { allowAddresses: ['10.0.0.0/8'], filesFolder: tmpdir(), allowDevices: false };
    expect((await test.fetch('/v1/streams/door', json('PATCH', { url: 'rtsp://10.0.0.1/' }))).status).toBe(
      200,
    );
    expect((await test.fetch('/v1/streams/door', json('PATCH', { restart: true }))).status).toBe(200);
    expect((await test.fetch('/v1/streams', POST({ id: 'hall', url: 'rtsp://10.0.0.2/' }))).status).toBe(201);
    expect(policies().slice(2)).toMatchObject([held, held, held]);
  });

  it('refuses bodies that are no JSON, of another type, or too large, without repeating them', async () => {
    const test = await startTestServer();
    const send = async (body: string, type = 'application/json'): Promise<[number, string]> => {
      const answer = await test.fetch('/v1/streams', {
        method: 'POST',
        body,
        headers: { 'content-type': type },
      });
      return [answer.status, await answer.text()];
    };
    const malformed = await send('{"url": "rtsp://u:hunter2@h/" oops');
    expect(malformed).toMatchObject([400, expect.stringContaining('ERR_REQUEST_INVALID')]);
    expect(malformed[1]).not.toContain('hunter2');
    expect(await send('id=door', 'application/x-www-form-urlencoded')).toMatchObject([
      415,
      expect.stringMatching(/ERR_REQUEST_INVALID.*expected content-type: application\/json/),
    ]);
    const large = JSON.stringify({ id: 'door', url: `http://h/${'x'.repeat(100_000)}` });
    expect(await send(large)).toMatchObject([413, expect.stringContaining('ERR_REQUEST_INVALID')]);
    expect(test.inputs).toEqual([]);
  });

  it('refuses patches that change nothing', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    for (const body of [{}, { restart: false }, { url: '' }, { position: 3 }]) {
      const answer = await test.fetch('/v1/streams/door', json('PATCH', body));
      expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'ERR_REQUEST_INVALID' }]);
    }
    expect(test.inputs.length).toBe(1);
  });

  it('runs no more streams than it may', async () => {
    const test = await startTestServer({ maxStreams: 1 });
    test.server.addStream('door', 'film:1');
    const answer = await test.fetch('/v1/streams', POST({ id: 'hall', url: 'film:1' }));
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'ERR_STREAM_LIMIT' }]);
  });

  it.each([
    '/v1/streams/nobody',
    '/v1/nothing',
    '/nothing',
    '/v1/streams/%2e%2e',
    `/v1/streams/${'x'.repeat(200)}`,
  ])('finds nothing at %s', async (path) => {
    const test = await startTestServer();
    const answer = await test.fetch(path);
    expect([answer.status, await answer.json()]).toMatchObject([
      404,
      { code: expect.stringMatching(/NOT_FOUND$/) as string },
    ]);
  });

  it.each(['GET', 'PATCH', 'DELETE'])('finds no stream to %s by an id of any length', async (method) => {
    const test = await startTestServer();
    for (const length of [64, 65, 3000]) {
      const init = method === 'PATCH' ? json(method, { restart: true }) : { method };
      const answer = await test.fetch(`/v1/streams/${'x'.repeat(length)}`, init);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'ERR_STREAM_NOT_FOUND' }]);
    }
  });

  it('lets nobody guess the type of an answer, nor keep what needs a token', async () => {
    const test = await startTestServer();
    const headersOf = async (path: string): Promise<(string | null)[]> => {
      const { headers } = await test.fetch(path);
      return [headers.get('x-content-type-options'), headers.get('cache-control')];
    };
    for (const path of ['/v1/streams', '/v1/streams/nobody', '/metrics'])
      expect(await headersOf(path)).toEqual(['nosniff', 'no-store']);
    for (const path of ['/healthz', '/nothing']) expect((await headersOf(path))[0]).toBe('nosniff');
  });

  it('tells a plain GET of a subscription what to do', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    for (const kind of ['scores', 'preview']) {
      const answer = await test.fetch(`/v1/streams/door/${kind}`);
      expect([answer.status, await answer.json()]).toMatchObject([426, { code: 'ERR_UPGRADE_REQUIRED' }]);
      expect(answer.headers.get('upgrade')).toBe('websocket');
    }
  });

  it('finds no WebSocket at other paths, however odd', async () => {
    const test = await startTestServer();
    for (const path of [
      '/',
      '//',
      '/v1/streams/door/intake',
      '/v1/streams//scores',
      '/v1/streams/a/b/scores',
    ]) {
      expect(await refusal(test.baseUrl + path)).toMatchObject({
        status: 404,
        body: { code: 'ERR_ROUTE_NOT_FOUND' },
      });
    }
  });

  it('does not subscribe a HEAD request', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const headers = { accept: 'text/event-stream' };
    expect((await test.fetch('/v1/streams/door/scores', { method: 'HEAD', headers })).status).toBe(404);
  });

  it('answers probes and lists packs', async () => {
    const test = await startTestServer();
    expect(await (await test.fetch('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await test.fetch('/readyz')).json()).toEqual({ status: 'ready' });
    expect(await (await test.fetch('/v1/packs')).json()).toMatchObject([{ name: 'fake', trained: false }]);
  });

  it('survives a connection that is no HTTP', async () => {
    const test = await startTestServer();
    const socket = connect(test.server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.end('\x16\x03\x01 nonsense\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await test.fetch('/healthz')).status).toBe(200);
  });
});

import { describe, expect, it } from 'vitest';
import type { StreamInfo } from '../../src/core/protocol.js';
import { startTestServer, type TestServer } from './test-server.js';

const PAGE = 'https://talks.example.org';
const TOKEN = 'correct-horse-battery';

/** What a browser is told of an answer. */
function sharing({ headers }: Response): Record<string, string> {
  return Object.fromEntries(
    [...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'),
  );
}

async function guarded(): Promise<TestServer> {
  const test = await startTestServer({ token: TOKEN, allowedOrigins: ['https://a.example', `${PAGE}/`] });
  test.server.addStream('door', 'film:1');
  return test;
}

function headersOf(origin: string): Record<string, string> {
  return { origin, authorization: `Bearer ${TOKEN}` };
}

async function ids(test: TestServer): Promise<string[]> {
  const answer = await test.fetch('/v1/streams', { headers: { authorization: `Bearer ${TOKEN}` } });
  return ((await answer.json()) as StreamInfo[]).map(({ id }) => id);
}

/** Asks as a browser does before it sends what a page wants to send. */
function preflight(test: TestServer, origin: string, path: string, method: string): Promise<Response> {
  return test.fetch(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': 'authorization,content-type',
    },
  });
}

function post(test: TestServer, origin: string, token = TOKEN): Promise<Response> {
  return test.fetch('/v1/streams', {
    method: 'POST',
    headers: { origin, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ id: 'cam', push: true }),
  });
}

const FOREIGN = [
  'http://evil.example',
  'null',
  'http://talks.example.org',
  `${PAGE}:8443`,
  `${PAGE}.evil.example`,
  'https://x.talks.example.org',
  `${PAGE}/`,
];

describe('pages of allowed origins', () => {
  it.each([
    ['/v1/streams', 'POST'],
    ['/v1/streams/door', 'PATCH'],
    ['/v1/streams/door', 'DELETE'],
    ['/v1/streams/door/scores', 'GET'],
    ['/v1/packs', 'GET'],
  ])('may ask for %s by %s, without the token, and nothing is done', async (path, method) => {
    const test = await guarded();
    const answer = await preflight(test, PAGE, path, method);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(sharing(answer)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': PAGE,
      'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
      'access-control-allow-headers': 'authorization, content-type',
      'access-control-max-age': '600',
    });
    expect(await ids(test)).toEqual(['door']);
  });

  it('may read answers: of what they asked for, and why it was refused', async () => {
    const test = await guarded();
    const shared = { vary: 'Origin', 'access-control-allow-origin': PAGE };
    const made = await post(test, PAGE);
    expect([made.status, sharing(made)]).toEqual([201, shared]);
    for (const [answer, status] of [
      [await post(test, PAGE, 'incorrect-horse-battery'), 401],
      [await post(test, PAGE), 409],
      [await test.fetch('/v1/streams/nowhere', { headers: headersOf(PAGE) }), 404],
    ] as const) {
      expect([answer.status, sharing(answer)]).toEqual([status, shared]);
    }
  });

  it('may read scores as server-sent events', async () => {
    const test = await guarded();
    const headers = { ...headersOf(PAGE), accept: 'text/event-stream' };
    const answer = await test.fetch('/v1/streams/door/scores', { headers });
    expect(sharing(answer)).toEqual({ vary: 'Origin', 'access-control-allow-origin': PAGE });
    await answer.body?.cancel();
  });

  it('are not let in by a cookie, nor given one', async () => {
    const test = await guarded();
    const login = await test.fetch('/v1/login', {
      method: 'POST',
      headers: { origin: PAGE, 'content-type': 'application/json' },
      body: JSON.stringify({ token: TOKEN }),
    });
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    expect(sharing(login)).toEqual({});
    expect((await preflight(test, PAGE, '/v1/login', 'POST')).status).toBe(404);
    // A browser gives a page nothing of an answer to cookies without access-control-allow-credentials.
    const answer = await test.fetch('/v1/streams', { headers: { origin: PAGE, cookie } });
    expect(sharing(answer)).not.toHaveProperty('access-control-allow-credentials');
  });
});

describe('nobody else', () => {
  it.each(FOREIGN)('%s', async (origin) => {
    const test = await guarded();
    for (const answer of [await preflight(test, origin, '/v1/streams', 'POST'), await post(test, origin)]) {
      expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'ERR_AUTH_ORIGIN' }]);
      expect(sharing(answer)).toEqual({ vary: 'Origin' });
    }
    expect(await ids(test)).toEqual(['door']);
  });

  it('that is, neither programs nor the page of the server itself, which need none of it', async () => {
    const test = await guarded();
    const authorization = `Bearer ${TOKEN}`;
    for (const headers of [{ authorization }, { authorization, origin: test.baseUrl }]) {
      const answer = await test.fetch('/v1/streams', { headers });
      expect([answer.status, sharing(answer)]).toEqual([200, { vary: 'Origin' }]);
      expect((await test.fetch('/v1/streams', { method: 'OPTIONS', headers })).status).toBe(404);
    }
  });
});

import { get as httpGet, type IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { COOKIE_NAME } from '../../src/server/access/auth.js';
import { isLoopback } from '../../src/server/access/loopback.js';
import { checkHost } from '../../src/server/access/request-origin.js';
import { SocketClient, refusal } from './socket-client.js';
import { json, startTestServer, type TestServer } from './test-server.js';

const TOKEN = 'correct-horse-battery';
const OTHER = 'incorrect-horse-battery';
const asSubprotocol = (token: string): string =>
  `evoked.v1.token.${Buffer.from(token).toString('base64url')}`;

async function guarded(): Promise<TestServer> {
  const test = await startTestServer({ token: TOKEN });
  test.server.addStream('door', 'film:1');
  return test;
}

async function cookieOf(answer: Response): Promise<string> {
  await answer.arrayBuffer();
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

describe('token', () => {
  const PRIVATE = ['/v1/streams', '/v1/streams/door', '/v1/packs', '/metrics', '/v1/streams/door/scores'];

  it.each(PRIVATE)('is needed for %s', async (path) => {
    const test = await guarded();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await test.fetch(path, { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ authorization: `Bearer ${OTHER}` })).toBe(401);
    expect(await status({ authorization: `Basic ${TOKEN}` })).toBe(401);
    expect(await status({ authorization: 'Bearer ' })).toBe(401);
    expect(await status({ cookie: `${COOKIE_NAME}=9999999999999.x` })).toBe(401);
    expect(await status({ authorization: `Bearer ${TOKEN}` })).not.toBe(401);
  });

  it('is needed for other spellings of a path, too', async () => {
    const test = await guarded();
    for (const path of [
      '/%761/streams',
      '/v1/%73treams',
      '/v1/streams?x=1',
      '//v1/streams',
      '/./v1/streams',
    ]) {
      expect([401, 404]).toContain((await test.fetch(path)).status);
    }
  });

  it.each(['POST', 'PATCH', 'DELETE'])('is needed to %s', async (method) => {
    const test = await guarded();
    const path = method === 'POST' ? '/v1/streams' : '/v1/streams/door';
    const answer = await test.fetch(path, json(method, { id: 'hall', url: 'film:1' }));
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'ERR_AUTH_REQUIRED' }]);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    expect(test.inputs.length).toBe(1);
  });

  it('is not needed for probes and the page', async () => {
    const test = await guarded();
    for (const path of ['/healthz', '/readyz']) expect((await test.fetch(path)).status).toBe(200);
    expect((await test.fetch('/')).status).not.toBe(401);
  });

  it.each(['scores', 'preview'])('is needed for the WebSocket of %s', async (kind) => {
    const test = await guarded();
    const url = `${test.baseUrl}/v1/streams/door/${kind}`;
    const denied = { status: 401, body: { code: 'ERR_AUTH_REQUIRED' } };
    expect(await refusal(url)).toMatchObject(denied);
    expect(await refusal(url, ['evoked.v1', asSubprotocol(OTHER)])).toMatchObject(denied);
    expect(await refusal(url, [], { headers: { authorization: `Bearer ${OTHER}` } })).toMatchObject(denied);
    expect(await refusal(`${url}?token=${TOKEN}`)).toMatchObject(denied);
    expect(await refusal(url, [], { headers: { authorization: `Bearer ${TOKEN}` } })).toBeNull();
    expect(await refusal(url, ['evoked.v1', asSubprotocol(TOKEN)])).toBeNull();
  });

  it('is never sent back as the chosen subprotocol', async () => {
    const test = await guarded();
    const client = new SocketClient(`${test.baseUrl}/v1/streams/door/scores`, [
      asSubprotocol(TOKEN),
      'evoked.v1',
    ]);
    await client.until(({ texts }) => texts.length > 0);
    expect(client.socket.protocol).toBe('evoked.v1');
  });

  it('is exchanged for a cookie by a login', async () => {
    const test = await guarded();
    expect((await test.fetch('/v1/login', json('POST', { token: OTHER }))).status).toBe(401);
    const answer = await test.fetch('/v1/login', json('POST', { token: TOKEN }));
    expect(answer.status).toBe(204);
    expect(answer.headers.get('set-cookie')).toMatch(/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
    const cookie = await cookieOf(answer);
    expect(cookie).not.toContain(TOKEN);
    expect((await test.fetch('/v1/streams', { headers: { cookie } })).status).toBe(200);
    expect((await test.fetch('/v1/streams', { headers: { cookie: `a=b; ${cookie}` } })).status).toBe(200);
    expect(await refusal(`${test.baseUrl}/v1/streams/door/scores`, [], { headers: { cookie } })).toBeNull();
  });

  it('is exchanged for a cookie by /?token=, which leaves the address without it', async () => {
    const test = await guarded();
    expect((await test.fetch(`/?token=${OTHER}`, { redirect: 'manual' })).status).toBe(401);
    const answer = await test.fetch(`/?token=${TOKEN}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/']);
    const cookie = await cookieOf(answer);
    expect((await test.fetch('/v1/streams', { headers: { cookie } })).status).toBe(200);
    expect(test.log.join()).not.toContain(TOKEN);
  });

  it('cannot be replaced by a cookie that was altered or is another server’s', async () => {
    const [test, elsewhere] = [await guarded(), await guarded()];
    const cookie = await cookieOf(await test.fetch('/v1/login', json('POST', { token: TOKEN })));
    const later = cookie.replace(/=(\d)/, (_, digit: string) => `=${(Number(digit) % 9) + 1}`);
    expect(later).not.toBe(cookie);
    expect((await test.fetch('/v1/streams', { headers: { cookie: later } })).status).toBe(401);
    expect((await elsewhere.fetch('/v1/streams', { headers: { cookie } })).status).toBe(401);
  });
});

describe('foreign pages', () => {
  it('may not use the API', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const socketUrl = `${test.baseUrl}/v1/streams/door/scores`;
    for (const origin of [
      'http://evil.example',
      'null',
      `http://127.0.0.1:${test.server.port + 1}`,
      'https://localhost',
    ]) {
      const post = await test.fetch('/v1/streams', {
        method: 'POST',
        body: JSON.stringify({ id: 'hall', url: 'film:1' }),
        headers: { 'content-type': 'application/json', origin },
      });
      expect([post.status, await post.json()]).toMatchObject([403, { code: 'ERR_AUTH_ORIGIN' }]);
      expect(await refusal(socketUrl, [], { origin })).toMatchObject({
        status: 403,
        body: { code: 'ERR_AUTH_ORIGIN' },
      });
      expect((await test.fetch('/v1/streams', { headers: { origin } })).status).toBe(403);
    }
    expect(test.inputs.length).toBe(1);
  });

  it('may not hold event streams that they cannot read', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    const get = async (site: string, mode: string): Promise<number> => {
      const headers = { accept: 'text/event-stream', 'sec-fetch-site': site, 'sec-fetch-mode': mode };
      // Not by fetch, which sets these itself.
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        httpGet(`${test.baseUrl}/v1/streams/door/scores`, { headers }, resolve).on('error', reject);
      });
      answer.destroy();
      return answer.statusCode ?? 0;
    };
    expect(await get('cross-site', 'no-cors')).toBe(403);
    expect(await get('same-site', 'no-cors')).toBe(403);
    expect(await get('same-origin', 'cors')).toBe(200);
    expect(await get('none', 'navigate')).toBe(200);
    expect(await get('cross-site', 'navigate')).toBe(200);
  });

  it('of the server itself and of allowed origins may', async () => {
    const test = await startTestServer({ allowedOrigins: ['https://scores.example.org'] });
    test.server.addStream('door', 'film:1');
    for (const origin of [test.baseUrl, 'https://scores.example.org']) {
      expect((await test.fetch('/v1/streams', { headers: { origin } })).status).toBe(200);
      expect(await refusal(`${test.baseUrl}/v1/streams/door/scores`, [], { origin })).toBeNull();
    }
  });

  it('cannot reach the server under a name of their own', async () => {
    const test = await startTestServer({ allowedOrigins: ['https://scores.example.org'] });
    test.server.addStream('door', 'film:1');
    const url = `${test.baseUrl}/v1/streams/door/scores`;
    const withHost = (host: string) => refusal(url, [], { headers: { host } });
    for (const host of [
      'evil.example',
      `evil.example:${test.server.port}`,
      '127.0.0.1.evil.example',
      '192.168.0.1',
    ]) {
      expect(await withHost(host)).toMatchObject({
        status: 421,
        body: { code: 'ERR_AUTH_HOST' },
      });
    }
    for (const host of [
      'localhost',
      `localhost:${test.server.port}`,
      '[::1]:1',
      '127.8.9.1',
      'scores.example.org',
    ]) {
      expect(await withHost(host)).toBeNull();
    }
  });
});

it.each([{}, { host: '' }, { host: 'a b' }, { host: 'user@127.0.0.1.evil.example' }])(
  '%j names no machine',
  (headers) => {
    const rules = { host: '127.0.0.1', allowedOrigins: [] };
    expect(() => checkHost(headers, rules)).toThrow(expect.objectContaining({ code: 'ERR_AUTH_HOST' }));
  },
);

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]', 'LOCALHOST'])('holds for %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '192.168.1.2', 'localhost.evil.example', '127.0.0.1.evil.example', '128.0.0.1'])(
    'does not hold for %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { SocketClient } from './socket-client.js';
import { startTestServer, type TestServer } from './test-server.js';

const PATH = '/v1/streams/door/scores';

async function streaming(numSegments: number): Promise<TestServer> {
  const test = await startTestServer({}, { keepaliveMs: 20 });
  test.server.addStream('door', 'film:1');
  const input = test.opened();
  for (let i = 0; i < numSegments; i++) {
    input.feed(1);
    await new Promise(setImmediate);
  }
  return test;
}

/** Reads until `enough`, then hangs up. */
async function read(
  test: TestServer,
  headers: Record<string, string>,
  enough: (text: string) => boolean,
  query = '',
): Promise<string> {
  const answer = await test.fetch(PATH + query, { headers: { accept: 'text/event-stream', ...headers } });
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (enough(text)) break;
  }
  return text;
}

const dataOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => /^data: (\{"type":"(?:score|epoch|gap).*)/.exec(line)?.[1] ?? []);

describe('server-sent events', () => {
  it('carry the same messages as a WebSocket, each with its position as id', async () => {
    const test = await streaming(4);
    const client = new SocketClient(`${test.baseUrl}${PATH}?since=-1:-1`);
    await client.until(({ ordered }) => ordered.length >= 5);
    const text = await read(test, {}, (so) => so.includes('"seq":3'), '?since=-1:-1');
    expect(dataOf(text)).toEqual(client.ordered);
    expect(text.match(/^id: .*/gm)).toEqual(['id: 0:-1', 'id: 0:0', 'id: 0:1', 'id: 0:2', 'id: 0:3']);
  });

  it('resume by Last-Event-ID', async () => {
    const test = await streaming(4);
    const text = await read(test, { 'last-event-id': '0:1' }, (so) => so.includes('"seq":3'));
    expect(text.match(/^id: .*/gm)).toEqual(['id: 0:2', 'id: 0:3']);
  });

  it('resume by Last-Event-ID where the address has an older since, as when an EventSource connects again', async () => {
    const test = await streaming(4);
    const enough = (so: string): boolean => so.includes('"seq":3');
    const text = await read(test, { 'last-event-id': '0:2' }, enough, '?since=-1:-1');
    expect(text.match(/^id: .*/gm)).toEqual(['id: 0:3']);
  });

  it('keep the connection by comments', async () => {
    const test = await streaming(0);
    expect(await read(test, {}, (so) => so.includes(': keep-alive'))).toContain('"type":"hello"');
  });

  // Not over a WebSocket: one that is busy for as long as a ping here is cut off.
  it('tell the status again while a stream is quiet, so that quiet is not taken for gone', async () => {
    const test = await streaming(0);
    const statuses = (text: string): readonly string[] => text.match(/^data: \{"type":"status".*$/gm) ?? [];
    const told = statuses(await read(test, {}, (so) => statuses(so).length >= 4));
    expect(told.at(-1)).toBe(told.at(-2));
    expect(test.log.filter((line) => line.includes('stream state')).length).toBeLessThanOrEqual(1);
  });

  it('answer what is wrong by HTTP', async () => {
    const test = await streaming(0);
    const get = async (path: string): Promise<unknown> => {
      const answer = await test.fetch(path, { headers: { accept: 'text/event-stream' } });
      return [answer.status, await answer.json()];
    };
    expect(await get(`${PATH}?since=x`)).toMatchObject([400, { code: 'ERR_REQUEST_INVALID' }]);
    expect(await get(`${PATH}?since=0:1&since=0:2`)).toMatchObject([400, { code: 'ERR_REQUEST_INVALID' }]);
    expect(await get('/v1/streams/nobody/scores')).toMatchObject([404, { code: 'ERR_STREAM_NOT_FOUND' }]);
  });

  it('give back their places when requests were pipelined and the connection goes', async () => {
    const test = await streaming(0);
    const count = async (): Promise<string> =>
      /evoked_subscribers\{kind="sse"\} (\d+)/.exec(await (await test.fetch('/metrics')).text())?.[1] ?? '';
    const client = connect({ port: test.server.port, host: '127.0.0.1' });
    const request = `GET ${PATH} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`;
    client.write(request.repeat(5));
    while ((await count()) === '0') await new Promise(setImmediate);
    expect(await count()).toBe('1');
    client.destroy();
    while ((await count()) !== '0') await new Promise(setImmediate);
    expect(await (await test.fetch('/v1/streams/door')).json()).toMatchObject({ subscribers: 0 });
  });

  it('count as subscribers until they hang up', async () => {
    const test = await streaming(0);
    const count = async (): Promise<string> =>
      /evoked_subscribers\{kind="sse"\} (\d+)/.exec(await (await test.fetch('/metrics')).text())?.[1] ?? '';
    const abort = new AbortController();
    await test.fetch(PATH, { headers: { accept: 'text/event-stream' }, signal: abort.signal });
    expect(await count()).toBe('1');
    abort.abort();
    while ((await count()) !== '0') await new Promise(setImmediate);
    expect(await (await test.fetch('/v1/streams/door')).json()).toMatchObject({ subscribers: 0 });
  });
});

import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EvokedError } from '../../src/core/errors.js';
import type { CreatedStream, StreamInfo } from '../../src/core/protocol.js';
import { IngestSender } from '../fixtures/ingest-sender.js';
import type { FakeInput } from './fake-input.js';
import { refusal, SocketClient } from './socket-client.js';
import { json, startTestServer, type TestServer } from './test-server.js';

const PATH = '/v1/streams/cam';
const WEBM = { type: 'start', container: 'webm' } as const;
const PIECE = Buffer.alloc(1024 * 1024, 7);

async function pushed(config: Parameters<typeof startTestServer>[0] = {}): Promise<TestServer> {
  const test = await startTestServer(config);
  test.server.addStream('cam', 'push:');
  return test;
}

function sender({ baseUrl }: TestServer): IngestSender {
  const made = new IngestSender(baseUrl, 'cam');
  onTestFinished(() => made.cut());
  return made;
}

/** The decode child that plays sender number `index`. */
async function child(test: TestServer, index = 0): Promise<FakeInput> {
  while (test.inputs[index] === undefined) await nextTurn();
  return test.inputs[index];
}

/** All that has been handed to a decode child, from now on. */
function received(input: FakeInput): () => string {
  let text = '';
  input.pushed?.on('data', (bytes: Buffer) => (text += bytes.toString()));
  return () => text;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await nextTurn();
}

async function info(test: TestServer): Promise<StreamInfo> {
  return (await (await test.fetch(PATH)).json()) as StreamInfo;
}

describe('POST push: true', () => {
  it('makes a stream that waits, and tells its key in this answer alone', async () => {
    const test = await startTestServer();
    const answer = await test.fetch('/v1/streams', json('POST', { id: 'cam', push: true }));
    const created = (await answer.json()) as CreatedStream;
    expect([answer.status, answer.headers.get('location')]).toEqual([201, PATH]);
    expect(created).toMatchObject({ url: null, state: 'connecting', ingest: { path: `${PATH}/ingest` } });
    const key = created.ingest?.key ?? '';
    expect(key).toMatch(/^[\w-]{32}$/);
    for (const path of ['/v1/streams', PATH]) {
      expect(await (await test.fetch(path)).text()).not.toContain(key);
    }
    expect(test.log.join()).not.toContain(key);
    expect(test.inputs).toEqual([]);
  });

  it('refuses a key that another stream has', async () => {
    const test = await startTestServer();
    test.server.addStream('one', 'push:0123456789abcdef');
    const again = await test.fetch('/v1/streams', json('POST', { id: 'two', url: 'push:0123456789abcdef' }));
    expect([again.status, ((await again.json()) as { code: string }).code]).toEqual([
      409,
      'ERR_STREAM_EXISTS',
    ]);
    expect((await test.fetch('/v1/streams', json('POST', { id: 'three', url: 'push:' }))).status).toBe(201);
    expect((await test.fetch('/v1/streams', json('POST', { id: 'four', url: 'push:' }))).status).toBe(201);
  });

  it('refuses it to a stream that is there already, which goes on as it was', async () => {
    const test = await startTestServer();
    test.server.addStream('one', 'push:0123456789abcdef');
    test.server.addStream('cam', 'film:');
    const change = (id: string, url: string) => test.fetch(`/v1/streams/${id}`, json('PATCH', { url }));
    const taken = await change('cam', 'push:0123456789abcdef');
    expect([taken.status, await taken.json()]).toMatchObject([409, { code: 'ERR_STREAM_EXISTS' }]);
    expect(await info(test)).toMatchObject({ url: 'film:evoked', state: 'connecting' });
    expect((await change('one', 'push:0123456789abcdef')).status).toBe(200);
    expect((await change('one', 'push:fedcba9876543210')).status).toBe(200);
    expect((await change('cam', 'push:0123456789abcdef')).status).toBe(200);
  });
});

describe('a sender', () => {
  it('is given a decode child of its own, which gets its bytes and its form', async () => {
    const test = await pushed();
    const push = sender(test);
    expect(await push.start(WEBM)).toMatchObject({ bytes: 0, resumeMs: 10_000 });
    const input = await child(test);
    expect(input.options).toMatchObject({ url: 'push:', push: { type: 'container', container: 'webm' } });
    const bytes = received(input);
    push.send(Buffer.from('one,'));
    push.send(Buffer.from('two'));
    expect(await push.reply('ack', (ack) => ack.bytes === 7)).toMatchObject({ ptsUs: null });
    expect(bytes()).toBe('one,two');
    input.open();
    input.feed(6);
    await push.reply('ack', ({ ptsUs }) => ptsUs === 1_000_000);
    expect((await info(test)).state).toBe('live');
  });

  it('stops: the stream ends once all is scored, and another start begins it again', async () => {
    const test = await pushed();
    const reader = new SocketClient(`${test.baseUrl}${PATH}/scores`);
    const push = sender(test);
    await push.start(WEBM);
    const first = await child(test);
    received(first);
    first.open();
    first.feed(3);
    push.say({ type: 'stop' });
    await until(() => first.pushed?.readableEnded === true);
    first.end();
    await reader.closed();
    expect(reader.messages.at(-1)).toEqual({ type: 'end', reason: 'ended' });
    expect((await info(test)).state).toBe('ended');

    await push.start(WEBM);
    const second = await child(test, 1);
    const again = new SocketClient(`${test.baseUrl}${PATH}/scores?since=-1:-1`);
    second.open();
    second.feed(3);
    await again.until(({ messages }) => messages.some((m) => m.type === 'score' && m.epoch === 1));
    expect(again.messages).toContainEqual({ type: 'epoch', epoch: 1, reason: 'restart' });
  });

  it('begins a new container: the one before is decoded to its end, and nobody hears of an end', async () => {
    const test = await pushed();
    const reader = new SocketClient(`${test.baseUrl}${PATH}/scores`);
    const push = sender(test);
    await push.start(WEBM);
    const first = await child(test);
    const before = received(first);
    first.open();
    first.feed(2);
    push.send(Buffer.from('camera one'));
    await push.start(WEBM);
    push.send(Buffer.from('camera two'));
    await until(() => first.pushed?.readableEnded === true);
    expect(before()).toBe('camera one');
    expect(test.inputs.length).toBe(1);
    first.end();
    const second = await child(test, 1);
    const after = received(second);
    second.open();
    second.feed(2);
    await reader.until(({ messages }) => messages.some((m) => m.type === 'score' && m.epoch === 1));
    expect(after()).toBe('camera two');
    expect(reader.closeCode).toBeNull();
    expect(reader.messages.filter((m) => m.type === 'status').map((m) => m.state)).toEqual([
      'connecting',
      'live',
    ]);
  });

  it('takes up a lost connection behind the byte that it is told, and nothing is sent twice', async () => {
    const test = await pushed();
    const push = sender(test);
    const { resume } = await push.start(WEBM);
    const input = await child(test);
    const bytes = received(input);
    push.send(Buffer.from('abc'));
    await push.reply('ack');
    push.cut();
    const next = sender(test);
    expect(await next.start({ ...WEBM, resume })).toMatchObject({ resume, bytes: 3 });
    next.send(Buffer.from('def'));
    await next.reply('ack', (ack) => ack.bytes === 6);
    expect(bytes()).toBe('abcdef');
    expect(test.inputs.length).toBe(1);
  });

  it('takes over from a connection that is not known to be lost, which is told', async () => {
    const test = await pushed();
    const push = sender(test);
    const { resume } = await push.start(WEBM);
    const next = sender(test);
    await next.start({ ...WEBM, resume });
    expect(await push.reply('error')).toMatchObject({ code: 'ERR_INGEST_BUSY' });
    expect(await push.closed()).toBe(4409);
    expect(next.closeCode).toBeNull();
  });

  it('is refused while another one pushes, and gets the place of one that has gone', async () => {
    const test = await pushed();
    const push = sender(test);
    await push.start(WEBM);
    await child(test);
    const other = sender(test);
    await expect(other.start(WEBM)).rejects.toThrow('ERR_INGEST_BUSY');
    expect(await other.closed()).toBe(4409);
    push.cut();
    const third = sender(test);
    // The server has to see that the first one has gone.
    while ((await third.start(WEBM).catch(() => null)) === null) await nextTurn();
    expect(third.replies[0]).toMatchObject({ type: 'ready' });
  });
});

describe('a sender is told, and its connection closed, when', () => {
  it('its token is worth nothing', async () => {
    const push = sender(await pushed());
    await expect(push.start({ ...WEBM, resume: 'made-up' })).rejects.toThrow('ERR_INGEST_RESUME');
    expect(await push.closed()).toBe(4410);
  });

  it('its decode child fails; the stream waits for the next one, without backoff', async () => {
    const test = await pushed({ source: { backoffInitialMs: 60_000, backoffMaxMs: 60_000 } });
    const push = sender(test);
    const { resume } = await push.start(WEBM);
    (await child(test)).fail(new EvokedError('ERR_SOURCE_NOT_MEDIA', { what: 'garbage' }));
    expect(await push.reply('error')).toMatchObject({ code: 'ERR_SOURCE_NOT_MEDIA', message: 'garbage' });
    expect(await push.closed()).toBe(4500);
    expect(await info(test)).toMatchObject({
      state: 'reconnecting',
      code: 'ERR_SOURCE_NOT_MEDIA',
      detail: 'garbage; waiting for a sender',
    });
    await expect(sender(test).start({ ...WEBM, resume })).rejects.toThrow('ERR_INGEST_RESUME');
    const next = sender(test);
    await next.start(WEBM);
    const input = await child(test, 1);
    input.open();
    input.feed(1);
    await until(() => test.engine.scorers[0]?.scored.length === 1);
    expect((await info(test)).state).toBe('live');
  });

  it('decode children crash again and again: the stream fails, until it is restarted', async () => {
    const test = await pushed({ source: { maxCrashRestartsPerMinute: 1 } });
    for (const index of [0, 1]) {
      const push = sender(test);
      await push.start(WEBM);
      (await child(test, index)).fail(new EvokedError('ERR_DECODE_CRASHED', { what: 'shot' }));
      expect(await push.reply('error')).toMatchObject({ code: 'ERR_DECODE_CRASHED' });
    }
    expect(await info(test)).toMatchObject({ state: 'failed', code: 'ERR_DECODE_CRASHED' });
    const refused = sender(test);
    await expect(refused.start(WEBM)).rejects.toThrow('ERR_DECODE_CRASHED');
    expect(await refused.closed()).toBe(4500);
    expect([(await info(test)).state, test.inputs.length]).toEqual(['failed', 2]);
    await test.fetch(PATH, json('PATCH', { restart: true }));
    await sender(test).start(WEBM);
    (await child(test, 2)).open();
    expect((await info(test)).state).toBe('connecting');
  });

  it('it is silent for too long', async () => {
    const test = await pushed({ source: { readTimeoutMs: 50 } });
    const push = sender(test);
    await push.start(WEBM);
    const input = await child(test);
    received(input);
    expect(await push.reply('error')).toMatchObject({ code: 'ERR_SOURCE_TIMEOUT' });
    await until(() => input.pushed?.readableEnded === true);
    input.end();
    expect(await info(test)).toMatchObject({ state: 'reconnecting', code: 'ERR_SOURCE_TIMEOUT' });
  });

  it.each<[string, number, string, (test: TestServer) => unknown]>([
    ['removed', 4404, 'ERR_STREAM_NOT_FOUND', (test) => test.fetch(PATH, { method: 'DELETE' })],
    ['opened again', 4410, 'ERR_INGEST_RESUME', (test) => test.fetch(PATH, json('PATCH', { restart: true }))],
    [
      'given another source',
      4410,
      'ERR_INGEST_RESUME',
      (t) => t.fetch(PATH, json('PATCH', { url: 'film:' })),
    ],
    ['shut down with its server', 4503, 'ERR_SERVER_CLOSING', (test) => test.server.close()],
  ])('the stream is %s', async (_, closeCode, code, act) => {
    const test = await pushed();
    const push = sender(test);
    await push.start(WEBM);
    await child(test);
    await act(test);
    expect(await push.reply('error')).toMatchObject({ code });
    expect(await push.closed()).toBe(closeCode);
  });

  const idle: [string, (test: TestServer, push: IngestSender) => Promise<unknown>][] = [
    ['has not begun', (_test, push) => new Promise((resolve) => push.socket.once('open', resolve))],
    [
      'has stopped, and is not yet decoded',
      async (test, push) => {
        await push.start(WEBM);
        push.send(Buffer.from('abc'));
        push.say({ type: 'stop' });
        const input = await child(test);
        received(input);
        await until(() => input.pushed?.readableEnded === true);
      },
    ],
    [
      'has sent all of its container',
      async (test, push) => {
        await push.start(WEBM);
        (await child(test)).end();
        await until(() => test.log.join().includes('ended'));
      },
    ],
  ];
  it.each(
    idle.flatMap(([name, idleness]) => [
      { name, idleness, code: 'ERR_STREAM_NOT_FOUND', closeCode: 4404, act: 'removed' },
      { name, idleness, code: 'ERR_SERVER_CLOSING', closeCode: 4503, act: 'shut down' },
    ]),
  )('it $name, and the stream is $act', async ({ idleness, code, closeCode, act }) => {
    const test = await pushed();
    const push = sender(test);
    await idleness(test, push);
    await (act === 'removed' ? test.fetch(PATH, { method: 'DELETE' }) : test.server.close());
    expect(await push.reply('error')).toMatchObject({ code });
    expect(await push.closed()).toBe(closeCode);
  });

  it.each<[string, (push: IngestSender) => void]>([
    ['no JSON', (push) => push.socket.send('webm')],
    ['a container that is not taken', (push) => push.socket.send('{"type":"start","container":"avi"}')],
    ['a start that names nothing', (push) => push.socket.send('{"type":"start"}')],
    ['an unknown field', (push) => push.socket.send('{"type":"stop","now":true}')],
    ['media before start', (push) => push.send(PIECE)],
  ])('it sends %s', async (_, act) => {
    const push = sender(await pushed());
    await new Promise((resolve) => push.socket.once('open', resolve));
    act(push);
    expect(await push.reply('error')).toMatchObject({ code: 'ERR_INGEST_MESSAGE' });
    expect(await push.closed()).toBe(4400);
  });

  it('it sends too much at once', async () => {
    const test = await pushed();
    const push = sender(test);
    await push.start(WEBM);
    push.send(Buffer.alloc(4 * 1024 * 1024 + 1));
    expect(await push.reply('error')).toMatchObject({ code: 'ERR_INGEST_MESSAGE' });
    const larger = sender(test);
    await new Promise((resolve) => larger.socket.once('open', resolve));
    larger.send(Buffer.alloc(9 * 1024 * 1024));
    expect(await larger.closed()).toBe(1009);
  });

  it('the stream opens its source itself, or there is none', async () => {
    const test = await startTestServer();
    test.server.addStream('cam', 'film:');
    await expect(sender(test).start(WEBM)).rejects.toThrow('ERR_REQUEST_INVALID');
    const lost = new IngestSender(test.baseUrl, 'nowhere');
    expect(await lost.closed()).toBe(4404);
  });
});

describe('a flood', () => {
  it('waits in the sender: the server reads no further than its bound, and drops nothing', async () => {
    const test = await pushed();
    const push = sender(test);
    await push.start(WEBM);
    const input = await child(test);
    const numPieces = 24;
    for (let i = 0; i < numPieces; i++) push.send(PIECE);
    // Nothing reads: two pieces fill what may wait, and what comes with them has been read before the pause shows.
    const { bytes } = await push.reply('ack', (ack) => ack.bytes >= 2 * PIECE.length);
    for (let i = 0; i < 50; i++) await nextTurn();
    expect(bytes).toBeLessThanOrEqual(4 * PIECE.length);
    expect(push.socket.bufferedAmount).toBeGreaterThan(12 * PIECE.length);
    const held = (input.pushed?.readableLength ?? 0) + bytes;
    expect(held).toBeLessThan(5 * PIECE.length);
    let numRead = 0;
    input.pushed?.on('data', (chunk: Buffer) => (numRead += chunk.length));
    await push.reply('ack', (ack) => ack.bytes === numPieces * PIECE.length);
    await until(() => numRead === numPieces * PIECE.length);
    const metrics = await (await test.fetch('/metrics')).text();
    expect(metrics).toContain(`evoked_ingest_bytes_total ${numPieces * PIECE.length}`);
    expect(metrics).toContain('evoked_subscribers{kind="ingest"} 1');
  });
});

it('senders are let in as everybody is: by token, origin and host', async () => {
  const test = await pushed({ token: 'a-token-of-the-test' });
  const url = `${test.baseUrl}${PATH}/ingest`;
  expect(await refusal(url)).toMatchObject({ status: 401, body: { code: 'ERR_AUTH_REQUIRED' } });
  const authorization = 'Bearer a-token-of-the-test';
  expect(
    await refusal(url, [], { headers: { authorization, origin: 'https://evil.example' } }),
  ).toMatchObject({
    status: 403,
  });
  expect(await refusal(url, [], { headers: { authorization, host: 'evil.example' } })).toMatchObject({
    status: 421,
  });
  expect(await refusal(url, [], { headers: { authorization } })).toBeNull();
});

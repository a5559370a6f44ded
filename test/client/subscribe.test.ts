import fc from 'fast-check';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { ServerMessage } from '../../src/core/protocol.js';
import { Cursor } from '../../src/client/cursor.js';
import { subscribe, type SubscribeOptions, type Subscription } from '../../src/client/index.js';
import type { WebSocketConstructor, WebSocketLike } from '../../src/client/web-socket.js';
import { EvokedError } from '../../src/core/errors.js';
import { fakeScore } from '../server/fake-engine.js';
import { startTestServer, type TestServer } from '../server/test-server.js';

const FAST = { backoffInitialMs: 1, backoffMaxMs: 2 };
const TOKEN = 'correct-horse-battery';

async function streaming(config = {}): Promise<TestServer> {
  const test = await startTestServer(config);
  test.server.addStream('door', 'film:1');
  return test;
}

function track(subscription: Subscription): Subscription {
  onTestFinished(() => subscription.close());
  return subscription;
}

/** Positions of scores, in the order they came. */
function scoresOf(subscription: Subscription): string[] {
  const seqs: string[] = [];
  subscription.on('score', ({ epoch, seq }) => seqs.push(`${epoch}:${seq}`));
  return seqs;
}

/** A server of the test's own words. */
class ScriptedSocket implements WebSocketLike {
  onopen: WebSocketLike['onopen'] = null;
  onmessage: WebSocketLike['onmessage'] = null;
  onclose: WebSocketLike['onclose'] = null;
  onerror: WebSocketLike['onerror'] = null;
  isClosed = false;

  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(): void {
    this.isClosed = true;
  }
}

/** @param sockets every connection that is made, oldest first */
function scripted(sockets: ScriptedSocket[]): SubscribeOptions {
  class Recorded extends ScriptedSocket {
    constructor() {
      super();
      sockets.push(this);
    }
  }
  return { baseUrl: 'http://127.0.0.1:1', stream: 'door', WebSocket: Recorded };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

afterEach(() => vi.restoreAllMocks());

describe('subscribe', () => {
  it('gives typed events and an iteration of the same messages', async () => {
    const test = await streaming();
    const subscription = track(subscribe({ baseUrl: test.baseUrl, stream: 'door' }));
    const seqs = scoresOf(subscription);
    const types: string[] = [];
    for await (const message of subscription) {
      types.push(message.type);
      if (message.type === 'hello') test.opened().feed(3);
      if (message.type === 'score' && message.seq === 2) break;
    }
    expect(types.filter((type) => type !== 'status')).toEqual(['hello', 'epoch', 'score', 'score', 'score']);
    expect(seqs).toEqual(['0:0', '0:1', '0:2']);
    expect(subscription.closed).toBe(true);
  });

  it('takes a whole address, with since', async () => {
    const test = await streaming();
    const input = test.opened();
    const first = track(subscribe(`${test.baseUrl}/v1/streams/door/scores`));
    const seqs = scoresOf(first);
    await new Promise<void>((resolve) => void first.on('hello', () => resolve()));
    input.feed(4);
    await until(() => seqs.length === 4);
    const second = track(subscribe(`${test.baseUrl}/v1/streams/door/scores?since=0:1`));
    const later = scoresOf(second);
    await until(() => later.length === 2);
    expect(later).toEqual(['0:2', '0:3']);
    expect(() => subscribe(`${test.baseUrl}/v1/streams/door`)).toThrow(TypeError);
    expect(() => subscribe({ baseUrl: test.baseUrl, stream: 'door', since: 'now' })).toThrow(TypeError);
  });

  it('carries the token', async () => {
    const test = await streaming({ token: TOKEN });
    const subscription = track(subscribe({ baseUrl: `${test.baseUrl}/`, stream: 'door', token: TOKEN }));
    const { value } = (await subscription[Symbol.asyncIterator]().next()) as { value: ServerMessage };
    expect(value.type).toBe('hello');
  });

  it.each([
    ['wrong', 'the platform', undefined],
    ['missing', 'the platform', undefined],
    ['wrong', 'ws', WebSocket as unknown as WebSocketConstructor],
  ] as const)('ends where the token is %s, whatever the WebSocket of %s tells', async (token, _, socket) => {
    const test = await streaming({ token: TOKEN });
    const subscription = track(
      subscribe({
        baseUrl: test.baseUrl,
        stream: 'door',
        ...(token === 'wrong' && { token }),
        ...(socket && { WebSocket: socket }),
        ...FAST,
      }),
    );
    const states: unknown[] = [];
    subscription.on('connection', (event) => states.push(event));
    const refused = {
      code: 'ERR_AUTH_REQUIRED',
      message: expect.stringContaining('no valid token') as string,
    };
    await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
    const { code, message: detail } = refused;
    expect(states).toEqual([{ type: 'connection', state: 'refused', code, detail }]);
    expect(subscription.closed).toBe(true);
  });

  it('tries on where nothing answers, and where the server would let it in', async () => {
    const { server, baseUrl } = await startTestServer({ token: TOKEN });
    server.addStream('door', 'film:1');
    const sockets: ScriptedSocket[] = [];
    const options = { ...scripted(sockets), ...FAST, token: TOKEN };
    const numAsked = vi.spyOn(globalThis, 'fetch').mock.calls;
    const nowhere = track(subscribe(options));
    await until(() => sockets.length === 1);
    sockets[0]?.onclose?.({ code: 1006 });
    await until(() => sockets.length === 2);
    nowhere.close();
    const here = track(subscribe({ ...options, baseUrl }));
    for (const number of [3, 4, 5]) {
      await until(() => sockets.length === number);
      sockets[number - 1]?.onclose?.({ code: 1006 });
    }
    await until(() => sockets.length === 6);
    expect(here.closed).toBe(false);
    // The server is asked once.
    expect(numAsked.filter(([address]) => (address as string).startsWith(baseUrl))).toHaveLength(1);
  });

  it('misses nothing and repeats nothing, wherever the connection is lost', async () => {
    const test = await streaming();
    const input = test.opened();
    const sockets: WebSocketLike[] = [];
    const { WebSocket } = await import('ws');
    const Recording = class extends WebSocket {
      constructor(url: string, protocols?: string[]) {
        super(url, protocols);
        sockets.push(this as unknown as WebSocketLike);
      }
    } as unknown as WebSocketConstructor;
    const subscription = track(
      subscribe({ baseUrl: test.baseUrl, stream: 'door', WebSocket: Recording, ...FAST }),
    );
    const seqs = scoresOf(subscription);
    await new Promise<void>((resolve) => void subscription.on('hello', () => resolve()));
    for (let seq = 0; seq < 30; seq++) {
      if (seq % 4 === 1) (sockets.at(-1) as unknown as { terminate(): void }).terminate();
      input.feed(1);
      await new Promise(setImmediate);
    }
    await until(() => seqs.includes('0:29'));
    expect(seqs).toEqual(Array.from({ length: 30 }, (_, seq) => `0:${seq}`));
    expect(sockets.length).toBeGreaterThan(3);
  });

  it('comes back when the server does, and starts over with the new life of the stream', async () => {
    const first = await streaming();
    const subscription = track(subscribe({ baseUrl: first.baseUrl, stream: 'door', ...FAST }));
    const seqs = scoresOf(subscription);
    await new Promise<void>((resolve) => void subscription.on('hello', () => resolve()));
    first.opened().feed(3);
    await until(() => seqs.length === 3);
    await first.server.close();
    const second = await streaming({ port: Number(new URL(first.baseUrl).port) });
    second.opened().feed(2);
    await until(() => seqs.length === 5);
    expect(seqs).toEqual(['0:0', '0:1', '0:2', '0:0', '0:1']);
  });

  it('ends with the stream', async () => {
    const test = await streaming();
    const subscription = track(subscribe({ baseUrl: test.baseUrl, stream: 'door' }));
    const types: string[] = [];
    for await (const message of subscription) {
      types.push(message.type);
      if (message.type === 'hello') void test.fetch('/v1/streams/door', { method: 'DELETE' });
    }
    expect(types).toEqual(['hello', 'end']);
    expect(subscription.closed).toBe(true);
  });

  it('throws in the loop what cannot be mended, after what came before it', async () => {
    const test = await startTestServer();
    const nobody = track(subscribe({ baseUrl: test.baseUrl, stream: 'nobody' }));
    const read = async (subscription: Subscription): Promise<void> => {
      for await (const message of subscription) void message;
    };
    await expect(read(nobody)).rejects.toMatchObject({
      name: 'SubscriptionError',
      code: 'ERR_STREAM_NOT_FOUND',
    });
    test.server.addStream('file', '/no/such/file.mp4');
    const failing = track(subscribe({ baseUrl: test.baseUrl, stream: 'file' }));
    failing.on('hello', () => {
      test.inputs[0]?.fail(new EvokedError('ERR_SOURCE_UNREACHABLE', { what: 'no such file' }));
    });
    await expect(read(failing)).rejects.toMatchObject({ code: 'ERR_SOURCE_UNREACHABLE' });
  });

  it('throws what cannot be mended in a loop that starts later, too', async () => {
    const test = await startTestServer();
    const nobody = track(subscribe({ baseUrl: test.baseUrl, stream: 'nobody' }));
    await until(() => nobody.closed);
    await expect(nobody[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'ERR_STREAM_NOT_FOUND',
    });
  });

  it('waits longer and longer while the server says that it is full', async () => {
    const test = await streaming({ maxSubscribers: 1 });
    const first = track(subscribe({ baseUrl: test.baseUrl, stream: 'door' }));
    await new Promise<void>((resolve) => void first.on('hello', () => resolve()));
    vi.spyOn(Math, 'random').mockReturnValue(1);
    const second = track(
      subscribe({ baseUrl: test.baseUrl, stream: 'door', backoffInitialMs: 1, backoffMaxMs: 9 }),
    );
    const waitsMs: number[] = [];
    second.on('connection', (event) => event.state === 'lost' && waitsMs.push(event.retryInMs));
    await until(() => waitsMs.length === 5);
    expect(waitsMs).toEqual([1, 2, 4, 8, 9]);
  });

  it('comes back after a shutdown whose close frame was lost', async () => {
    const sockets: ScriptedSocket[] = [];
    const subscription = track(subscribe({ ...scripted(sockets), ...FAST }));
    await until(() => sockets.length === 1);
    sockets[0]?.say({ type: 'end', reason: 'shutdown' });
    sockets[0]?.onclose?.({ code: 1006 });
    await until(() => sockets.length === 2);
    sockets[1]?.say({ type: 'end', reason: 'ended' });
    sockets[1]?.onclose?.({ code: 1006 });
    expect(subscription.closed).toBe(true);
  });

  it('leaves a connection on which nothing is heard, and hears no more of it', async () => {
    const sockets: ScriptedSocket[] = [];
    const subscription = track(subscribe({ ...scripted(sockets), ...FAST, silenceMs: 20 }));
    const details: string[] = [];
    subscription.on('connection', (event) => event.state === 'lost' && details.push(event.detail));
    const statuses: string[] = [];
    subscription.on('status', ({ detail }) => statuses.push(detail));
    await until(() => sockets.length === 2);
    expect(details).toEqual(['nothing was heard for too long']);
    expect(sockets[0]?.isClosed).toBe(true);
    sockets[0]?.say({ type: 'status', state: 'live', code: null, detail: 'old' });
    sockets[1]?.say({ type: 'status', state: 'live', code: null, detail: 'new' });
    expect(statuses).toEqual(['new']);
  });

  it('ends the loop when it is closed, and may be closed twice', async () => {
    const test = await streaming();
    const subscription = track(subscribe({ baseUrl: test.baseUrl, stream: 'door' }));
    const iterator = subscription[Symbol.asyncIterator]();
    await iterator.next();
    const pending = iterator.next();
    subscription.close();
    subscription.close();
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await subscription[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
  });
});

describe('Cursor', () => {
  it('accepts every message once, whatever is sent again', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 60 }), (jumps) => {
        const cursor = new Cursor('0:-1', undefined);
        const accepted: number[] = [];
        let next = 0;
        for (const jump of jumps) {
          // The server resends from anywhere before what is known, and goes on beyond it.
          const from = Math.max(0, next - jump);
          for (let seq = from; seq <= next; seq++) {
            if (cursor.accept(fakeScore({ epoch: 0, seq, ptsUs: 0, capturedAtMs: 0 }))) accepted.push(seq);
          }
          next += 1;
        }
        expect(accepted).toEqual(Array.from({ length: jumps.length }, (_, seq) => seq));
      }),
    );
  });
});

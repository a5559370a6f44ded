import { describe, expect, it } from 'vitest';
import { SocketClient } from './socket-client.js';
import { startTestServer, type TestServer } from './test-server.js';

async function streaming(numSegments: number): Promise<TestServer & { path: string }> {
  const test = await startTestServer();
  test.server.addStream('door', 'rtsp://user:secret@192.0.2.1/live');
  const input = test.opened();
  for (let i = 0; i < numSegments; i++) {
    // One at a time, because a burst is shed.
    if (i % 7 === 5) input.skip(8);
    input.feed(1);
    await new Promise(setImmediate);
  }
  return { ...test, path: `${test.baseUrl}/v1/streams/door/scores` };
}

describe('score subscription', () => {
  it('greets, then sends what comes', async () => {
    const { path, inputs } = await streaming(0);
    const client = new SocketClient(path);
    await client.until(({ texts }) => texts.length >= 1);
    inputs[0]?.feed(2);
    await client.until(({ ordered }) => ordered.length >= 3);
    const [hello, ...rest] = client.messages;
    expect(hello).toMatchObject({
      type: 'hello',
      protocol: 1,
      stream: 'door',
      epoch: -1,
      nextSeq: 0,
      rateHz: 6,
    });
    expect(rest.filter(({ type }) => type !== 'status')).toMatchObject([
      { type: 'epoch', epoch: 0, reason: 'start' },
      { type: 'score', epoch: 0, seq: 0 },
      { type: 'score', epoch: 0, seq: 1 },
    ]);
  });

  it('resumes from every position as if it had never been interrupted', async () => {
    const { path, inputs } = await streaming(40);
    const whole = new SocketClient(`${path}?since=-1:-1`);
    await whole.until(({ messages }) => messages.some((m) => m.type === 'score' && m.seq === 79));
    expect(whole.messages.filter(({ type }) => type === 'gap').length).toBeGreaterThan(3);
    const resumed = [...whole.ordered.entries()].map(([index, text]) => {
      const message = JSON.parse(text) as { epoch: number; seq?: number; toSeq?: number };
      const since = `${message.epoch}:${message.seq ?? message.toSeq ?? -1}`;
      return { index, client: new SocketClient(`${path}?since=${since}`) };
    });
    await Promise.all(resumed.map(({ client }) => client.until(({ texts }) => texts.length > 0)));
    inputs[0]?.feed(2);
    await whole.until(({ messages }) => messages.some((m) => m.type === 'score' && m.seq === 81));
    for (const { index, client } of resumed) {
      const expected = whole.ordered.slice(index + 1);
      await client.until(({ ordered }) => ordered.length >= expected.length);
      expect(client.ordered).toEqual(expected);
    }
  });

  it('sends the same bytes to every subscriber', async () => {
    const { path, inputs } = await streaming(3);
    const clients = [new SocketClient(path), new SocketClient(path)];
    for (const client of clients) await client.until(({ texts }) => texts.length > 0);
    inputs[0]?.feed(2);
    for (const client of clients) await client.until(({ ordered }) => ordered.length >= 2);
    expect(clients[0]?.ordered).toEqual(clients[1]?.ordered);
  });

  it('says by message what is wrong with a subscription', async () => {
    const { path, baseUrl } = await streaming(1);
    const cases = [
      { url: `${baseUrl}/v1/streams/nobody/scores`, code: 'ERR_STREAM_NOT_FOUND', closeCode: 4404 },
      { url: `${path}?since=x`, code: 'ERR_REQUEST_INVALID', closeCode: 4400 },
      { url: `${path}?since=1`, code: 'ERR_REQUEST_INVALID', closeCode: 4400 },
      { url: `${path}?since=1:-2`, code: 'ERR_REQUEST_INVALID', closeCode: 4400 },
    ];
    for (const { url, code, closeCode } of cases) {
      const client = new SocketClient(url);
      await client.closed();
      expect(client.messages).toMatchObject([{ type: 'error', code }]);
      expect(client.closeCode).toBe(closeCode);
    }
  });

  it('gives a position of another life of the stream everything of this one', async () => {
    const { path } = await streaming(5);
    const stale = new SocketClient(`${path}?since=0:2&session=of-another-life`);
    const ahead = new SocketClient(`${path}?since=7:12`);
    for (const client of [stale, ahead]) {
      await client.until(({ ordered }) => ordered.length >= 6);
      expect(client.messages.slice(1, 3)).toMatchObject([{ type: 'epoch' }, { type: 'score', seq: 0 }]);
    }
  });

  it('refuses more subscribers than it may have, and takes the next one when one has gone', async () => {
    const test = await startTestServer({ maxSubscribers: 1 });
    test.server.addStream('door', 'film:1');
    const path = `${test.baseUrl}/v1/streams/door/scores`;
    const first = new SocketClient(path);
    await first.until(({ texts }) => texts.length > 0);
    const second = new SocketClient(path);
    await second.closed();
    expect(second.messages).toMatchObject([{ type: 'error', code: 'ERR_SUBSCRIBER_LIMIT' }]);
    expect(second.closeCode).toBe(4503);
    first.socket.close();
    await first.closed();
    const third = new SocketClient(path);
    await third.until(({ texts }) => texts.length > 0);
    expect(third.messages[0]?.type).toBe('hello');
  });
});

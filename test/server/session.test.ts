import { describe, expect, it } from 'vitest';
import { EvokedError } from '../../src/core/errors.js';
import type { Modality } from '../../src/core/media.js';
import type { StreamInfo } from '../../src/core/protocol.js';
import { RECEPTIVE_FIELD_SEGMENTS } from '../../src/core/time-grid.js';
import { RECOVERY_SCORES } from '../../src/server/session/stream-health.js';
import { TRACKS } from './fake-input.js';
import { SocketClient } from './socket-client.js';
import { json, startTestServer, type TestServer } from './test-server.js';

const PATH = '/v1/streams/door';

async function door({ modalities }: { modalities?: Modality[] } = {}): Promise<
  TestServer & { client: SocketClient }
> {
  const test = await startTestServer();
  if (modalities !== undefined) test.engine.modalities = modalities;
  test.server.addStream('door', 'rtsp://user:secret@192.0.2.1/live');
  const client = new SocketClient(`${test.baseUrl}${PATH}/scores?since=-1:-1`);
  await client.until(({ texts }) => texts.length > 0);
  return { ...test, client };
}

function states(client: SocketClient): string[] {
  return client.messages.flatMap((m) => (m.type === 'status' ? [m.state] : []));
}

async function info(test: TestServer): Promise<StreamInfo> {
  return (await (await test.fetch(PATH)).json()) as StreamInfo;
}

function hasScore(seq: number, epoch = 0) {
  return ({ messages }: SocketClient): boolean =>
    messages.some((m) => m.type === 'score' && m.epoch === epoch && m.seq === seq);
}

describe('a stream', () => {
  it('is live once media comes, and tells what it is', async () => {
    const { client, ...test } = await door();
    expect((await info(test)).state).toBe('connecting');
    test.opened().feed(3);
    await client.until(hasScore(2));
    expect(states(client)).toEqual(['live']);
    expect(await info(test)).toMatchObject({
      id: 'door',
      url: 'rtsp://***@192.0.2.1/live',
      state: 'live',
      epoch: 0,
      nextSeq: 3,
      hasVideo: true,
      hasAudio: true,
      subscribers: 1,
      numScores: 3,
      latencyMs: 12,
    });
  });

  it('reconnects in a new epoch when its source fails, and never shows the password', async () => {
    const { client, ...test } = await door();
    test.opened().feed(2);
    await client.until(hasScore(1));
    const what = 'no answer from rtsp://user:secret@192.0.2.1/live';
    test.inputs[0]?.fail(new EvokedError('ERR_SOURCE_TIMEOUT', { what }));
    await client.until((c) => states(c).includes('reconnecting'));
    while (test.inputs.length < 2) await new Promise(setImmediate);
    test.opened().feed(1);
    await client.until(hasScore(0, 1));
    expect(states(client)).toEqual(['live', 'reconnecting', 'live']);
    expect(client.messages).toContainEqual({ type: 'epoch', epoch: 1, reason: 'restart' });
    expect([...client.texts, ...test.log].join()).not.toContain('secret');
    expect(await (await test.fetch('/metrics')).text()).toContain('evoked_source_restarts_total 1');
  });

  it('survives a failing scorer: the segments are a gap, then a new epoch', async () => {
    const { client, ...test } = await door();
    const input = test.opened();
    input.feed(1);
    await client.until(hasScore(0));
    test.engine.numFailures = 1;
    for (let i = 0; i < 4; i++) {
      input.feed(1);
      await new Promise(setImmediate);
    }
    await client.until(hasScore(1, 1));
    expect(client.messages.filter((m) => m.type !== 'hello' && m.type !== 'status')).toMatchObject([
      { type: 'epoch', epoch: 0 },
      { type: 'score', epoch: 0, seq: 0 },
      { type: 'gap', epoch: 0, fromSeq: 1, toSeq: 1, reason: 'failure' },
      { type: 'gap', epoch: 0, fromSeq: 2, toSeq: 2, reason: 'failure' },
      { type: 'epoch', epoch: 1, reason: 'restart' },
      { type: 'score', epoch: 1, seq: 0 },
      { type: 'score', epoch: 1, seq: 1 },
    ]);
    expect(test.engine.scorers.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    const options = { position: 'pack', maxAbsenceSegments: RECEPTIVE_FIELD_SEGMENTS };
    expect(test.engine.options).toEqual([options, options]);
    expect(states(client)).toEqual(['live', 'degraded']);
    expect((await info(test)).numDropped.failure).toBe(2);
  });

  it('tells what share of the last minute’s packets could be decoded', async () => {
    const { client, ...test } = await door();
    const input = test.opened();
    for (let i = 0; i < 40; i++) input.decode(25, 0);
    for (let i = 0; i < 60; i++) input.decode(25, i % 2 === 0 ? 25 : 15);
    input.feed(1);
    await client.until(hasScore(0, 0));
    expect((await info(test)).decodedShare).toEqual({ visual: 0.8, audio: null });
    const metrics = await (await test.fetch('/metrics')).text();
    expect(metrics).toContain('evoked_packets_total{modality="visual",outcome="damaged"} 1300');
    expect(metrics).toContain('evoked_packets_total{modality="visual",outcome="whole"} 1200');
  });

  it('is degraded while segments are shed, and live again after a while without', async () => {
    const { client, ...test } = await door();
    const input = test.opened();
    test.engine.isHeld = true;
    input.feed(20);
    await client.until((c) => states(c).includes('degraded'));
    test.engine.release();
    await client.until(({ messages }) => messages.some((m) => m.type === 'gap' && m.reason === 'overload'));
    for (let i = 0; i < RECOVERY_SCORES; i++) {
      expect(states(client)).toEqual(['live', 'degraded']);
      input.feed(1);
      await client.until(hasScore(20 + i));
      if (states(client).length > 2) break;
    }
    await client.until((c) => states(c).length === 3);
    expect(states(client)).toEqual(['live', 'degraded', 'live']);
    const { numDropped } = await info(test);
    expect(numDropped.overload).toBeGreaterThan(0);
    expect(await (await test.fetch('/metrics')).text()).toContain(
      `evoked_dropped_segments_total{reason="overload"} ${numDropped.overload}`,
    );
  });

  it('ends its subscribers when a file ends, and those who come later after what they missed', async () => {
    const test = await startTestServer();
    test.server.addStream('door', '/films/short.mp4');
    const client = new SocketClient(`${test.baseUrl}${PATH}/scores`);
    await client.until(({ texts }) => texts.length > 0);
    const input = test.opened();
    input.feed(3);
    input.end();
    await client.closed();
    expect(client.messages.at(-1)).toEqual({ type: 'end', reason: 'ended' });
    expect(client.closeCode).toBe(1000);
    expect(hasScore(2)(client)).toBe(true);
    const late = new SocketClient(`${test.baseUrl}${PATH}/scores?since=0:0`);
    await late.closed();
    expect(late.ordered).toEqual(client.ordered.slice(2));
    expect(late.messages.at(-1)).toEqual({ type: 'end', reason: 'ended' });
    expect(test.engine.scorers.every(({ isClosed }) => isClosed)).toBe(true);
  });

  it('tells its subscribers why it failed', async () => {
    const test = await startTestServer();
    test.server.addStream('door', '/films/none.mp4');
    const client = new SocketClient(`${test.baseUrl}${PATH}/scores`);
    await client.until(({ texts }) => texts.length > 0);
    test.inputs[0]?.fail(new EvokedError('ERR_SOURCE_UNREACHABLE', { what: 'there is no such file' }));
    await client.closed();
    expect(client.messages.slice(1)).toMatchObject([
      { type: 'status', state: 'failed', code: 'ERR_SOURCE_UNREACHABLE' },
      { type: 'error', code: 'ERR_SOURCE_UNREACHABLE', message: 'there is no such file' },
    ]);
    expect((await info(test)).state).toBe('failed');
  });

  it('goes on with another source in a new epoch, its subscribers with it', async () => {
    const { client, ...test } = await door();
    test.opened().feed(1);
    await client.until(hasScore(0));
    const patched = await test.fetch(PATH, json('PATCH', { url: 'film:2' }));
    expect(await patched.json()).toMatchObject({ url: 'film:2', state: 'connecting', epoch: 0 });
    expect(test.inputs[0]?.isOpen).toBe(false);
    expect(test.inputs[1]?.options.url).toBe('film:2');
    test.opened().feed(1);
    await client.until(hasScore(0, 1));
    expect(client.messages).toContainEqual({ type: 'epoch', epoch: 1, reason: 'restart' });
  });

  it('goes on as it was when the other source is no URL', async () => {
    const test = await door();
    const answer = await test.fetch(PATH, json('PATCH', { url: 'gopher://x' }));
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'ERR_SOURCE_URL' }]);
    expect(test.inputs[0]?.isOpen).toBe(true);
    expect((await info(test)).url).toBe('rtsp://***@192.0.2.1/live');
  });

  it('frees its source and its scorer when it is removed, and ends its subscribers', async () => {
    const { client, ...test } = await door();
    test.opened().feed(1);
    await client.until(hasScore(0));
    expect((await test.fetch(PATH, { method: 'DELETE' })).status).toBe(204);
    await client.closed();
    expect(client.messages.at(-1)).toEqual({ type: 'end', reason: 'removed' });
    expect(test.inputs[0]?.isOpen).toBe(false);
    expect(test.engine.scorers.every(({ isClosed }) => isClosed)).toBe(true);
    expect((await test.fetch(PATH)).status).toBe(404);
  });

  it('skips what the pack cannot score, without a failure or a new scorer', async () => {
    const { client, ...test } = await door({ modalities: ['audio'] });
    const input = test.opened();
    input.feed(2);
    input.feed(4, { audio: false });
    input.feed(1);
    await client.until(hasScore(6));
    expect(client.ordered).toHaveLength(5);
    expect(client.messages).toContainEqual({ type: 'gap', epoch: 0, fromSeq: 2, toSeq: 5, reason: 'source' });
    expect(test.engine.scorers).toHaveLength(1);
    expect(states(client)).toEqual(['live']);
  });

  it('says with one code that its source has nothing that the pack scores, and tries again later', async () => {
    const { client, ...test } = await door({ modalities: ['audio'] });
    test.inputs[0]?.open({ ...TRACKS, audio: null });
    await client.until((c) => states(c).length > 0);
    expect(client.messages.at(-1)).toMatchObject({
      type: 'status',
      state: 'reconnecting',
      code: 'ERR_SOURCE_NO_TRACKS',
    });
    expect(test.inputs[0]?.isOpen).toBe(false);
  });
});

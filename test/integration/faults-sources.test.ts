import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import type { StatusMessage } from '../../src/core/protocol.js';
import { startBroadcaster, type Broadcaster } from '../fixtures/broadcaster.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { freeTcpPort } from '../fixtures/listen.js';
import { makeMp4 } from '../fixtures/media.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

const SECONDS = 24;

let file: string;
const broadcasters: Broadcaster[] = [];
let evoked: EvokedProcess;
let sockets: Record<'cut' | 'mute' | 'frozen', ScoreSocket>;

beforeAll(async () => {
  file = await makeMp4({ seconds: SECONDS, keyIntervalFrames: 25, name: 'a.ts' });
  for (let i = 0; i < 3; i++) broadcasters.push(await startBroadcaster(file, SECONDS));
  const [cut, mute, frozen] = broadcasters.map(({ port }) => `http://127.0.0.1:${port}/live`);
  const closedPort = await freeTcpPort();
  const sources = [
    `cut=${cut}`,
    `mute=${mute}?mute=3`,
    `frozen=${frozen}`,
    `closed=http://127.0.0.1:${closedPort}/live`,
  ];
  const flags = sources.flatMap((source) => ['--source', source]);
  evoked = await startEvoked(['serve', '--port', '0', '--log-level', 'error', ...flags]);
  const open = (id: string): ScoreSocket => new ScoreSocket(evoked.baseUrl, id, '?since=0:-1');
  sockets = { cut: open('cut'), mute: open('mute'), frozen: open('frozen') };
});

afterAll(async () => {
  for (const socket of Object.values(sockets ?? {})) socket.close();
  await evoked?.stop();
  await Promise.all(broadcasters.map((each) => each.kill()));
});

/** How long it is until the stream says that it reconnects, and with which error, in ms. */
async function noticed(
  socket: ScoreSocket,
  sinceMs: number,
): Promise<{ afterMs: number; code: string | null }> {
  const status = await socket.find(
    (message): message is StatusMessage => message.type === 'status' && message.state === 'reconnecting',
  );
  return { afterMs: performance.now() - sinceMs, code: status.code };
}

async function firstScore(socket: ScoreSocket, epoch: number): Promise<void> {
  await socket.find((message) => message.type === 'score' && message.epoch === epoch);
}

describe.concurrent('a source that', () => {
  test('is stopped for 10 s has its first score at most 5 s after it is back', async () => {
    const [broadcaster] = broadcasters as [Broadcaster];
    await sockets.cut.find((message) => message.type === 'score' && message.seq >= 12);
    await broadcaster.kill();
    await delay(10_000);
    broadcasters.push(await startBroadcaster(file, SECONDS, broadcaster.port));
    const backAtMs = performance.now();
    await firstScore(sockets.cut, 1);
    const afterMs = performance.now() - backAtMs;
    expect(afterMs, `first score after ${afterMs.toFixed(0)} ms`).toBeLessThan(5000);
    expectWireRules(sockets.cut.messages);
    expect(sockets.cut.messages.find((message) => message.type === 'epoch' && message.epoch === 1)).toEqual({
      ...{ type: 'epoch', epoch: 1, reason: 'restart' },
    });
  });

  test('goes silent with its connection open is noticed within 12 s, and tried again', async () => {
    await broadcasters[1]!.muted;
    const { afterMs, code } = await noticed(sockets.mute, performance.now());
    expect(code).toBe('ERR_SOURCE_TIMEOUT');
    expect(afterMs, `noticed after ${afterMs.toFixed(0)} ms`).toBeLessThan(12_000);
    await firstScore(sockets.mute, 1);
    expectWireRules(sockets.mute.messages);
  });

  test('is frozen, its system going on to acknowledge, is noticed within 12 s, and comes back', async () => {
    const broadcaster = broadcasters[2]!;
    await sockets.frozen.find((message) => message.type === 'score' && message.seq >= 12);
    broadcaster.freeze();
    const { afterMs, code } = await noticed(sockets.frozen, performance.now());
    expect(code).toBe('ERR_SOURCE_TIMEOUT');
    expect(afterMs, `noticed after ${afterMs.toFixed(0)} ms`).toBeLessThan(12_000);
    broadcaster.thaw();
    const thawedAtMs = performance.now();
    await firstScore(sockets.frozen, 1);
    const backMs = performance.now() - thawedAtMs;
    expect(backMs, `first score after ${backMs.toFixed(0)} ms`).toBeLessThan(15_000);
    expectWireRules(sockets.frozen.messages);
  });
});

test('a port that refuses costs attempts, and leaves nothing behind', async () => {
  // By now it is tried seldom.
  const json = { headers: { 'content-type': 'application/json' }, body: '{"restart":true}' };
  await fetch(`${evoked.baseUrl}/v1/streams/closed`, { method: 'PATCH', ...json });
  const closed = new ScoreSocket(evoked.baseUrl, 'closed');
  const count = (): number => readdirSync(`/proc/${evoked.pid}/fd`).length;
  const attempts = async (from: number, wanted: number): Promise<number> => {
    let at = from;
    for (let i = 0; i < wanted; i++) {
      const message = await closed.find(
        (each) => each.type === 'status' && each.state === 'reconnecting' && /refused/i.test(each.detail),
        at,
      );
      at = closed.messages.indexOf(message) + 1;
    }
    return at;
  };
  const at = await attempts(0, 1);
  const before = count();
  await attempts(at, 2);
  // One child at most is on its way, with its three pipes.
  expect(Math.abs(count() - before)).toBeLessThanOrEqual(6);
  expect(decodeChildren(evoked.pid).length).toBeLessThanOrEqual(5);
  closed.close();
});

import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startEvoked, type EvokedProcess } from '../../src/bench/evoked-process.js';
import type { ScoreMessage, StreamInfo } from '../../src/core/protocol.js';
import { quantile } from '../../src/core/quantile.js';
import { residentBytesOf } from '../../src/streams/child/resident-memory.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { makeMp4 } from '../fixtures/media.js';
import { LOOPBACK } from '../fixtures/request-policy.js';
import { ScoreSocket } from '../fixtures/score-socket.js';

/** Longer than a child takes to start on a busy machine. */
const WATCHDOG_MS = 5000;
const BACKOFF_MAX_MS = 400;
const MEBIBYTE = 2 ** 20;

let evoked: EvokedProcess;
let folder: string;
let bystander: ScoreSocket;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-processes-'));
  const config = join(folder, 'evoked.yaml');
  const settings = {
    source: { watchdogMs: WATCHDOG_MS, backoffInitialMs: 100, backoffMaxMs: BACKOFF_MAX_MS },
    ...{ maxStreams: 32, historySeconds: 60 },
    // Room for what a busy machine is slow to score, or a gap would not be the fault of what is tested.
    inference: { queueSegments: 60 },
  };
  await writeFile(config, JSON.stringify(settings));
  const flags = ['--port', '0', '--log-level', 'silent', '--source', 'bystander=film:3'];
  const addresses = LOOPBACK.flatMap((range) => ['--allow-address', range]);
  evoked = await startEvoked(['serve', '--config', config, '--files-folder', '/', ...addresses, ...flags]);
  bystander = new ScoreSocket(evoked.baseUrl, 'bystander');
  await bystander.find((message) => message.type === 'score' && message.seq === 12);
});

afterEach(async () => {
  const streams = (await (await request('GET', '')).json()) as StreamInfo[];
  for (const { id } of streams) if (id !== 'bystander') await request('DELETE', `/${id}`);
});

afterAll(async () => {
  bystander.close();
  await evoked.stop();
  await rm(folder, { recursive: true });
});

/** For docs/reliability.md. */
function tell(what: string): void {
  process.stdout.write(`[isolation] ${what}\n`);
}

async function request(method: string, path: string, body?: unknown): Promise<Response> {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return fetch(`${evoked.baseUrl}/v1/streams${path}`, { method, ...(body === undefined ? {} : json) });
}

const infoOf = async (id: string): Promise<StreamInfo> =>
  (await (await request('GET', `/${id}`)).json()) as StreamInfo;

/** Adds a stream and finds its child. */
async function addStream(id: string, url: string): Promise<{ socket: ScoreSocket; child: () => number }> {
  const others = decodeChildren(evoked.pid);
  expect((await request('POST', '', { id, url })).status).toBe(201);
  const child = (): number => decodeChildren(evoked.pid).find((pid) => !others.includes(pid)) ?? NaN;
  return { socket: new ScoreSocket(evoked.baseUrl, id), child };
}

/** Nothing is missing but what inference had no time for, and nothing began anew. */
function expectBystanderUnharmed(): void {
  const gaps = bystander.messages.filter((message) => message.type === 'gap');
  expect(gaps.filter(({ reason }) => reason !== 'overload')).toEqual([]);
  expect(bystander.messages.filter(({ type }) => type === 'epoch').length).toBeLessThanOrEqual(1);
  expectWireRules(bystander.messages);
}

const medianLatencyMs = (scores: readonly ScoreMessage[]): number =>
  quantile(
    scores.map(({ latencyMs }) => latencyMs),
    0.5,
  );

describe.skipIf(process.platform === 'win32').each([
  ['SIGKILL', 'ERR_DECODE_CRASHED', 0],
  ['SIGSTOP', 'ERR_DECODE_STALLED', WATCHDOG_MS],
] as const)('%s of a decode child', (signal, code, noticedAfterMs) => {
  it('costs its stream a restart, and the others nothing', async () => {
    const { socket, child } = await addStream(`victim-${signal}`, 'film:4');
    await socket.find((message) => message.type === 'score' && message.seq === 6);
    const before = bystander.scores(0);
    const killedAtMs = performance.now();
    process.kill(child(), signal);
    const numBefore = socket.messages.length;
    expect(
      await socket.find((message) => message.type === 'status' && message.code !== null, numBefore),
    ).toMatchObject({ state: 'reconnecting', code });
    await socket.find((message) => message.type === 'score' && message.epoch === 1, numBefore);
    const backAfterMs = performance.now() - killedAtMs;
    const lastSeq = bystander.scores(0).at(-1)?.seq ?? NaN;
    await bystander.find((message) => message.type === 'score' && message.seq === lastSeq + 6);
    const during = bystander.scores(0).slice(before.length);
    tell(
      `${signal}: scores again after ${backAfterMs.toFixed(0)} ms; ${during.length} scores of the other stream`,
    );
    // The rest is the start of a child and its first segment, on a machine that may be busy.
    expect(backAfterMs).toBeLessThan(noticedAfterMs + BACKOFF_MAX_MS + 15_000);
    // `evoked bench isolation` takes the time that a p99 needs.
    expect(medianLatencyMs(during)).toBeLessThan(medianLatencyMs(before) + 1000);
    expect(bystander.messages.filter(({ type }) => type === 'gap')).toEqual([]);
    expectBystanderUnharmed();
    expectWireRules(socket.messages);
    socket.close();
  });
});

it('a decode child that crashes again and again is given up after five restarts, until it is asked for again', async () => {
  const { socket, child } = await addStream('loop', 'film:5');
  const killed = new Set<number>([NaN]);
  let state = '';
  while (state !== 'failed') {
    const pid = child();
    if (!killed.has(pid)) {
      killed.add(pid);
      process.kill(pid, 'SIGKILL');
    }
    ({ state } = await infoOf('loop'));
  }
  expect(killed.size - 1).toBe(6);
  const info = await infoOf('loop');
  expect(info).toMatchObject({ state: 'failed', code: 'ERR_DECODE_CRASHED' });
  expect(info.detail).toMatch(/given up until the stream is restarted$/);
  await socket.find((message) => message.type === 'error' && message.code === 'ERR_DECODE_CRASHED');
  expect(child()).toBeNaN();
  socket.close();

  expect((await request('PATCH', '/loop', { restart: true })).status).toBe(200);
  const again = new ScoreSocket(evoked.baseUrl, 'loop');
  await again.find((message) => message.type === 'score' && message.seq === 2);
  expect((await infoOf('loop')).state).toBe('live');
  again.close();
});

it('200 streams that come and go leave nothing behind', async () => {
  const file = await makeMp4({ seconds: 2 });
  const urls = ['film:6', file, 'rtsp://127.0.0.1:1/live', '/no/such/file.mp4', 'http://127.0.0.1:1/a.ts'];
  const descriptors = (): number => readdirSync(`/proc/${evoked.pid}/fd`).length;
  const residentMb = (): number => (residentBytesOf(evoked.pid) ?? NaN) / MEBIBYTE;
  const cycle = async (numStreams: number): Promise<void> => {
    for (let k = 0; k < numStreams; k++) {
      expect((await request('POST', '', { id: `s${k}`, url: urls[k % urls.length] })).status).toBe(201);
      // Two live at a time: each is removed while the next one starts.
      if (k > 0) expect((await request('DELETE', `/s${k - 1}`)).status).toBe(204);
    }
    await request('DELETE', `/s${numStreams - 1}`);
  };
  const settled = async (numDescriptors: number): Promise<void> => {
    await vi.waitFor(
      () => {
        expect(decodeChildren(evoked.pid)).toHaveLength(1);
        expect(descriptors()).toBeLessThanOrEqual(numDescriptors);
      },
      { timeout: 15_000, interval: 100 },
    );
  };
  // What is made once and kept (code, pools, connections of this test) is made before the count.
  await cycle(10);
  await settled(Infinity);
  const [numBefore, mbBefore, startedAtMs] = [descriptors(), residentMb(), performance.now()];
  await cycle(200);
  await settled(numBefore);
  const mbGrown = residentMb() - mbBefore;
  tell(
    `200 streams added and removed in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s: descriptors ` +
      `${numBefore} -> ${descriptors()}, children 1 -> ${decodeChildren(evoked.pid).length}, memory +${mbGrown.toFixed(1)} MB`,
  );
  // What 200 histories and scorers would be, were they kept, is a multiple of this.
  expect(mbGrown).toBeLessThan(60);
  expectBystanderUnharmed();
});

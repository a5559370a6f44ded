import { expect, it, onTestFinished, vi } from 'vitest';
import { steadyScheduler } from '../../src/core/steady-scheduler.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { SocketClient } from './socket-client.js';
import { startTestServer } from './test-server.js';

const HOUR_MS = 3_600_000;

/** Sets the wall clock of this process forwards or back. */
function wallClock(): (byMs: number) => void {
  const real = Date.now.bind(Date);
  let offsetMs = 0;
  vi.spyOn(Date, 'now').mockImplementation(() => real() + offsetMs);
  onTestFinished(() => void vi.restoreAllMocks());
  return (byMs) => (offsetMs += byMs);
}

it('a wall clock that is set an hour forwards, and two back, costs no score and no modality, and spoils no latency', async () => {
  const set = wallClock();
  const { server, baseUrl, ...test } = await startTestServer();
  server.addStream('door', 'rtsp://192.0.2.1/live');
  const client = new SocketClient(`${baseUrl}/v1/streams/door/scores?since=-1:-1`);
  await client.until(({ texts }) => texts.length > 0);
  const input = test.opened();
  const scored = (seq: number) => (each: SocketClient) =>
    each.messages.some((message) => message.type === 'score' && message.seq === seq);
  input.feed(6);
  await client.until(scored(5));
  set(HOUR_MS);
  input.feed(6);
  await client.until(scored(11));
  set(-2 * HOUR_MS);
  input.feed(6);
  await client.until(scored(17));

  expectWireRules(client.messages);
  const scores = client.messages.filter((message) => message.type === 'score');
  expect(scores.map(({ seq }) => seq)).toEqual(Array.from({ length: 18 }, (_, i) => i));
  for (const { latencyMs } of scores) expect(Math.abs(latencyMs)).toBeLessThan(5000);
  const [scorer] = test.engine.scorers;
  expect(scorer?.scored.every(({ frame, audio }) => frame !== null && audio !== null)).toBe(true);
  const shownHours = [3, 9, 15].map((i) =>
    Math.round((scores[i]!.capturedAtMs - scores[0]!.capturedAtMs) / HOUR_MS),
  );
  expect(shownHours).toEqual([0, 1, -1]);
  expect(client.messages.flatMap((m) => (m.type === 'status' ? [m.state] : []))).toEqual(['live']);
  const metrics = await (await test.fetch('/metrics')).text();
  const delivery = /^evoked_stage_latency_seconds_(?:sum|count)\{stage="delivery",modality=""\} (.*)$/gm;
  const [sumSeconds, count] = [...metrics.matchAll(delivery)].map(([, figure]) => Number(figure));
  expect(count).toBe(18);
  expect(sumSeconds).toBeGreaterThan(0);
  expect(sumSeconds).toBeLessThan(5);
});

it('the time that watchdogs and waits go by is not the one that somebody sets', () => {
  const set = wallClock();
  const before = steadyScheduler.now();
  set(HOUR_MS);
  expect(steadyScheduler.now() - before).toBeLessThan(1000);
  set(-2 * HOUR_MS);
  expect(steadyScheduler.now()).toBeGreaterThanOrEqual(before);
});

import type { IntervalHistogram } from 'node:perf_hooks';
import { describe, expect, it } from 'vitest';
import { EventLoopDelay } from '../../src/server/metrics/event-loop-delay.js';
import { SocketClient } from './socket-client.js';
import { startTestServer, type TestServer } from './test-server.js';

async function metric(test: TestServer, name: string): Promise<number> {
  const text = await (await test.fetch('/metrics')).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name} in:\n${text}`);
  return Number(line.slice(name.length));
}

describe('/metrics', () => {
  it('follows what happens', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    expect(await metric(test, 'evoked_streams{state="connecting"}')).toBe(1);
    const client = new SocketClient(`${test.baseUrl}/v1/streams/door/scores`);
    await client.until(({ texts }) => texts.length > 0);
    expect(await metric(test, 'evoked_subscribers{kind="websocket"}')).toBe(1);
    const input = test.opened();
    input.feed(1);
    input.skip(10);
    input.feed(1);
    await client.until(({ messages }) => messages.some((m) => m.type === 'score' && m.seq === 11));
    const numScores = client.messages.filter(({ type }) => type === 'score').length;
    const numMissing = client.messages.reduce(
      (sum, m) => sum + (m.type === 'gap' ? m.toSeq - m.fromSeq + 1 : 0),
      0,
    );
    expect(numMissing).toBeGreaterThan(0);
    expect(numScores + numMissing).toBe(12);
    expect(await metric(test, 'evoked_streams{state="live"}')).toBe(1);
    expect(await metric(test, 'evoked_scores_total')).toBe(numScores);
    expect(await metric(test, 'evoked_dropped_segments_total{reason="source"}')).toBe(numMissing);
    const stage = (stage: string, modality: string): Promise<number> =>
      metric(test, `evoked_stage_latency_seconds_sum{stage="${stage}",modality="${modality}"}`);
    expect(await stage('queue', '')).toBeCloseTo(numScores * 0.001);
    expect(await stage('embed', 'visual')).toBeCloseTo(numScores * 0.002);
    expect(await stage('embed', 'audio')).toBeCloseTo(numScores * 0.003);
    expect(await stage('step', 'visual')).toBeCloseTo(numScores * 0.004);
    expect(await stage('total', '')).toBeCloseTo(numScores * 0.012);
    expect(await metric(test, 'evoked_stage_latency_seconds_count{stage="delivery",modality=""}')).toBe(
      numScores,
    );
    await expect(stage('step', 'audio')).rejects.toThrow('no evoked_stage');
  });

  it('shows what waits', async () => {
    const test = await startTestServer();
    test.server.addStream('door', 'film:1');
    test.engine.isHeld = true;
    test.opened().feed(5);
    expect(await metric(test, 'evoked_queue_segments{queue="session"}')).toBe(3);
    expect(await metric(test, 'evoked_queue_segments{queue="visual"}')).toBe(2);
    test.engine.release();
    while ((await metric(test, 'evoked_scores_total')) < 5) await new Promise(setImmediate);
    expect(await metric(test, 'evoked_queue_segments{queue="session"}')).toBe(0);
  });
});

describe('EventLoopDelay', () => {
  it('is what intervals between samples exceed the resolution by', () => {
    const intervalsMs = new Map([
      [50, 10.5],
      [99, 35],
      [100, 250],
    ]);
    const delay = new EventLoopDelay({
      enable: () => true,
      disable: () => true,
      percentile: (percentile: number) => (intervalsMs.get(percentile) ?? 9) * 1e6,
    } as IntervalHistogram);
    expect([0.25, 0.5, 0.99, 1].map((quantile) => delay.quantileMs(quantile))).toEqual([0, 0.5, 25, 240]);
  });

  it('shows what blocked, at the top alone', async () => {
    const delay = new EventLoopDelay();
    const ticks = async (numMs: number): Promise<void> => {
      const endMs = performance.now() + numMs;
      while (performance.now() < endMs) await new Promise(setImmediate);
    };
    await ticks(200);
    const endMs = performance.now() + 240;
    while (performance.now() < endMs);
    await ticks(30);
    expect(delay.quantileMs(1)).toBeGreaterThan(200);
    // A busy machine delays, too, but not half of all samples for half as long.
    expect(delay.quantileMs(0.5)).toBeLessThan(120);
    delay.stop();
  });
});

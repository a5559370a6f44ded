import { pino } from 'pino';
import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { configSchema } from '../../src/core/config.js';
import { EvokedError } from '../../src/core/errors.js';
import { collectGarbage } from '../../src/model/inference/collect-garbage.js';
import { ServerMetrics } from '../../src/server/metrics/server-metrics.js';
import { Session } from '../../src/server/session/session.js';
import { FakeEngine } from './fake-engine.js';

const HOUR_MS = 3_600_000;

it('an hour of refusal, and ten: waits grow to their cap, attempts stay few, memory stays flat', () => {
  const scheduler = new VirtualTimeScheduler();
  const openedAtMs: number[] = [];
  let state = 3;
  const random = (): number => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  const session = new Session({
    ...{ id: 'door', url: 'rtsp://127.0.0.1:1/live', origin: 'operator' },
    config: configSchema.parse({}),
    parts: {
      openInput: () => {
        openedAtMs.push(scheduler.now());
        throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what: 'refused' });
      },
      engine: new FakeEngine(),
      clock: { nowMs: () => scheduler.now() },
      scheduler,
      random,
    },
    metrics: new ServerMetrics(
      {
        streamsByState: () => new Map(),
        numWaitingSegments: () => 0,
        queueDepths: () => ({ visual: 0, audio: 0 }),
        numSubscribers: () => 0,
        numRtmpConnections: () => ({ publishing: 0, all: 0 }),
      },
      { quantileMs: () => 0 } as never,
    ),
    log: pino({ level: 'silent' }),
    abandoned: () => undefined,
  });
  const heapAfter = (untilMs: number): number => {
    scheduler.maxFrames = untilMs;
    scheduler.flush();
    collectGarbage();
    return process.memoryUsage().heapUsed / 1e6;
  };
  const firstMb = heapAfter(HOUR_MS);
  const waits = openedAtMs.slice(1).map((atMs, i) => atMs - openedAtMs[i]!);
  expect(openedAtMs.length).toBeLessThan(400);
  expect(Math.min(...waits.slice(-100))).toBeGreaterThanOrEqual(7500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(15_000);
  const laterMb = heapAfter(10 * HOUR_MS);
  expect(openedAtMs.length).toBeGreaterThan(2800);
  expect(laterMb - firstMb).toBeLessThan(1);
  expect(session.info()).toMatchObject({ state: 'reconnecting', code: 'ERR_SOURCE_UNREACHABLE' });
  session.close('removed');
});

import { expect, test } from 'vitest';
import { BurstLimiter, BURST_MS, BURST_RATE } from '../../../src/streams/decode/burst-limiter.js';

/** When each packet is played, of a source that sends `mediaMs` at `arrivesMs`. */
function play(packets: readonly (readonly [arrivesMs: number, mediaMs: number])[]): number[] {
  let nowMs = 0;
  const limiter = new BurstLimiter({ nowMs: () => nowMs });
  return packets.map(([arrivesMs, mediaMs]) => {
    nowMs = Math.max(nowMs, arrivesMs);
    nowMs += limiter.waitMs(mediaMs);
    return nowMs;
  });
}

const every40Ms = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 40);

test('what comes in real time, in chunks and with jitter, is never held up', () => {
  const packets = every40Ms(500).map((mediaMs, i) => [mediaMs - (i % 20) * 35 + 900, mediaMs] as const);
  const arrived = packets.map(([at]) => at);
  const played = play(packets);
  // A packet that came before one that is late had to wait for that one alone.
  for (const [i, at] of played.entries()) expect(at).toBe(Math.max(...arrived.slice(0, i + 1)));
});

test('a burst is let through for its first second, and then at twice its speed', () => {
  const played = play(every40Ms(251).map((mediaMs) => [0, mediaMs] as const));
  const atSecond = (seconds: number): number => played[seconds * 25]!;
  expect(atSecond(1)).toBeLessThanOrEqual(40);
  expect(atSecond(5)).toBeCloseTo((5000 - BURST_MS) / BURST_RATE, -2);
  expect(atSecond(10)).toBeCloseTo((10_000 - BURST_MS) / BURST_RATE, -2);
});

test('what was held back during an outage is caught up with, and then nothing waits', () => {
  const outageMs = 8000;
  const before = every40Ms(100).map((ms) => [ms, ms] as const);
  const after = every40Ms(1000).map((ms) => [Math.max(ms + 4000, 4000 + outageMs), ms + 4000] as const);
  const played = play([...before, ...after]);
  const lagMs = (i: number): number => played[100 + i]! - (4000 + i * 40);
  expect(lagMs(0)).toBe(outageMs);
  expect(lagMs(500)).toBe(0);
  expect(Math.max(...played.slice(1).map((at, i) => played[i]! - at))).toBeLessThanOrEqual(0);
});

test('a jump of the clock costs no wait, in either direction', () => {
  const played = play([
    [0, 0],
    [40, 40],
    [80, 3_600_000],
    [120, 3_600_040],
    [160, 0],
    [200, 40],
  ]);
  expect(played).toEqual([0, 40, 80, 120, 160, 200]);
});

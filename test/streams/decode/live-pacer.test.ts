import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CATCH_UP_RATE, GRACE_MS, LivePacer } from '../../../src/streams/decode/live-pacer.js';

const WINDOW_MS = 10_000;
const KEPT_MS = 500;
const STEP_MS = 40;

interface Played {
  readonly mediaMs: number;
  readonly arrivedAtMs: number;
  readonly atMs: number;
}

/** Plays packets of 40 ms in simulated time. */
function play(arrivals: readonly number[]): { played: Played[]; heldMs: (i: number) => number } {
  let nowMs = 0;
  const pacer = new LivePacer({ nowMs: () => nowMs }, { windowMs: WINDOW_MS, keptMs: KEPT_MS });
  const played: Played[] = [];
  let numArrived = 0;
  while (played.length < arrivals.length) {
    while (numArrived < arrivals.length && arrivals[numArrived]! <= nowMs) {
      pacer.arrived(numArrived * STEP_MS);
      numArrived += 1;
    }
    const mediaMs = played.length * STEP_MS;
    const nextArrivalMs = arrivals[numArrived] ?? Infinity;
    if (played.length === numArrived) {
      nowMs = nextArrivalMs;
      continue;
    }
    const waitMs = pacer.waitMs(mediaMs);
    if (waitMs < 1) played.push({ mediaMs, arrivedAtMs: arrivals[played.length]!, atMs: nowMs });
    else nowMs = Math.min(nowMs + Math.min(waitMs, 100), nextArrivalMs);
  }
  return { played, heldMs: (i) => played.at(i)!.atMs - played.at(i)!.arrivedAtMs };
}

/** Arrivals of `seconds` of media in bursts of `burstSeconds`, the first `numAtOnce` of them together. */
function bursts(
  seconds: number,
  burstSeconds: number,
  numAtOnce: number,
  delayMs = (_: number) => 0,
): number[] {
  const perBurst = (burstSeconds * 1000) / STEP_MS;
  return Array.from({ length: (seconds * 1000) / STEP_MS }, (_, i) => {
    const burst = Math.floor(i / perBurst);
    return Math.max(0, burst - numAtOnce + 1) * burstSeconds * 1000 + delayMs(burst);
  });
}

const stepsMs = (played: readonly Played[]): number[] =>
  played.slice(1).map(({ atMs }, i) => atMs - played[i]!.atMs);

describe('LivePacer', () => {
  test('a source in real time is not held up for a moment, whatever its jitter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: GRACE_MS - 10 }), { minLength: 500, maxLength: 500 }),
        (jitters) => {
          let lastMs = 0;
          const arrivals = jitters.map((jitterMs, i) => (lastMs = Math.max(lastMs, i * STEP_MS + jitterMs)));
          for (const { atMs, arrivedAtMs } of play(arrivals).played) expect(atMs).toBe(arrivedAtMs);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('bursts come out evenly', () => {
    const { played } = play(bursts(60, 6, 3));
    // After the first grace.
    const steps = stepsMs(played.slice(10));
    expect(Math.max(...steps)).toBeLessThanOrEqual(STEP_MS + 2);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(STEP_MS / CATCH_UP_RATE - 2);
  });

  test('a reserve that is never needed is made up for, without haste', () => {
    const { played, heldMs } = play(bursts(180, 2, 4));
    const at = (seconds: number): number => played.findIndex(({ mediaMs }) => mediaMs >= seconds * 1000);
    // The first packet of a burst waits for as long as the reserve is.
    expect(heldMs(at(8))).toBeGreaterThan(5500);
    expect(heldMs(at(120))).toBeLessThan(KEPT_MS + 100);
    expect(heldMs(at(178))).toBeGreaterThanOrEqual(0);
    expect(Math.min(...stepsMs(played.slice(10)))).toBeGreaterThanOrEqual(STEP_MS / CATCH_UP_RATE - 2);
    expect(Math.max(...stepsMs(played.slice(10)))).toBeLessThan(3 * STEP_MS);
  });

  test('a stall is waited out, and leaves no lag for good', () => {
    const { played, heldMs } = play(bursts(200, 2, 2, (burst) => (burst >= 10 && burst < 13 ? 5000 : 0)));
    expect(Math.max(...stepsMs(played))).toBeGreaterThan(2000);
    expect(heldMs(-51)).toBeLessThan(2000 + KEPT_MS + 100);
  });

  test.each([0.999, 1.001])('clocks that run apart by the factor %d leave no lag', (factor) => {
    const arrivals = bursts(1800, 4, 2).map((ms) => ms * factor);
    const { played } = play(arrivals);
    const late = played.filter(({ mediaMs }) => mediaMs > 600_000);
    expect(Math.max(...late.map(({ atMs, arrivedAtMs }) => atMs - arrivedAtMs))).toBeLessThan(7500);
  });

  test('media of a start burst is played in order and caught up with', () => {
    const arrivals = Array.from({ length: 1500 }, (_, i) => Math.max(0, i * STEP_MS - 4000));
    const { heldMs } = play(arrivals);
    expect(heldMs(100)).toBeGreaterThan(3000);
    expect(heldMs(-1)).toBeLessThanOrEqual(KEPT_MS);
  });
});

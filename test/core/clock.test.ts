import { beforeEach, expect, it } from 'vitest';
import { followingClock, steadyClock, systemClock, wallMsAt, type Clock } from '../../src/core/clock.js';

const START_MS = 1_700_000_000_000;
let wallMs: number;
let monotonicMs: number;
let clock: Clock;
beforeEach(() => {
  wallMs = START_MS;
  monotonicMs = 12.25;
  clock = followingClock(
    () => Math.floor(wallMs),
    () => monotonicMs,
    START_MS - 12.25,
  );
});

function pass(ms: number): void {
  wallMs += ms;
  monotonicMs += ms;
}

it('runs with fractions of a millisecond', () => {
  pass(1.5);
  expect(clock.nowMs()).toBe(START_MS + 1.5);
});

it('follows the wall clock where the machine slept, or has only now been told the time', () => {
  wallMs += 8 * 3_600_000;
  expect(clock.nowMs()).toBe(START_MS + 8 * 3_600_000);
  pass(0.5);
  expect(clock.nowMs()).toBe(START_MS + 8 * 3_600_000 + 0.5);
});

it('follows it back, too', () => {
  pass(10);
  const before = clock.nowMs();
  wallMs -= 3_600_000;
  expect(clock.nowMs()).toBe(before - 3_600_000);
  pass(1.5);
  expect(clock.nowMs()).toBe(before - 3_600_000 + 1.5);
});

it('is not misled by a thread that had to wait between two readings', () => {
  let numReadings = 0;
  const shaken = followingClock(
    () => START_MS + (numReadings++ === 0 ? 900 : 0),
    () => 0,
    START_MS,
  );
  expect(shaken.nowMs()).toBe(START_MS);
});

it('dates what was measured by the steady clock', () => {
  expect(wallMsAt(95, { nowMs: () => START_MS }, { nowMs: () => 100 })).toBe(START_MS - 5);
  expect(Math.abs(wallMsAt(steadyClock.nowMs()) - Date.now())).toBeLessThan(60);
});

it('agrees with Date.now', () => {
  expect(Math.abs(systemClock.nowMs() - Date.now())).toBeLessThan(60);
});

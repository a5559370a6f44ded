import { afterEach, expect, test } from 'vitest';
import { StallGuard } from '../../../src/streams/decode/stall-guard.js';

let nowMs = 0;
let numStalls = 0;
let guard: StallGuard;
const make = (): StallGuard => {
  nowMs = 0;
  numStalls = 0;
  return (guard = new StallGuard(
    500,
    () => (numStalls += 1),
    () => nowMs,
  ));
};
afterEach(() => guard.close());

test('what is finished in time is no stall', () => {
  make().begin();
  nowMs = 499;
  guard.check();
  guard.finish();
  nowMs = 10_000;
  guard.check();
  expect(numStalls).toBe(0);
});

test('what takes too long is one, once', () => {
  make().begin();
  nowMs = 500;
  guard.check();
  nowMs = 5000;
  guard.check();
  expect(numStalls).toBe(1);
});

test('the time allowed may change from step to step', () => {
  make().begin();
  guard.finish();
  guard.begin(2000);
  nowMs = 1999;
  guard.check();
  expect(numStalls).toBe(0);
  nowMs = 2000;
  guard.check();
  expect(numStalls).toBe(1);
});

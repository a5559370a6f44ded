import { VirtualTimeScheduler } from 'rxjs';
import { expect, it } from 'vitest';
import { StallWatch } from '../../../src/model/inference/stall-watch.js';

/** A watch that stalls after 3 s, and how often it has. */
function start() {
  const scheduler = new VirtualTimeScheduler();
  const state = { isBusy: true, numStalls: 0 };
  const watch = new StallWatch({
    scheduler,
    isBusy: () => state.isBusy,
    limitSeconds: () => 3,
    onStall: () => state.numStalls++,
  });
  const pass = (seconds: number): void => {
    scheduler.maxFrames += seconds * 1000;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  scheduler.maxFrames = 0;
  return { state, watch, pass };
}

it('stalls where no sign comes for so long, once', () => {
  const { state, watch, pass } = start();
  watch.expect();
  pass(2);
  watch.expect();
  expect(state.numStalls).toBe(0);
  pass(1);
  expect(state.numStalls).toBe(1);
  watch.expect();
  pass(60);
  expect(state.numStalls).toBe(1);
});

it('starts to count anew with each sign', () => {
  const { state, watch, pass } = start();
  watch.expect();
  for (let i = 0; i < 20; i++) {
    pass(2);
    watch.sign();
  }
  expect(state.numStalls).toBe(0);
  pass(3);
  expect(state.numStalls).toBe(1);
});

it('rests while nothing is due, and does not count that time', () => {
  const { state, watch, pass } = start();
  watch.expect();
  pass(2);
  state.isBusy = false;
  pass(60);
  state.isBusy = true;
  watch.expect();
  pass(2);
  expect(state.numStalls).toBe(0);
  pass(1);
  expect(state.numStalls).toBe(1);
});

it('is over when it is stopped', () => {
  const { state, watch, pass } = start();
  watch.expect();
  watch.stop();
  pass(60);
  expect(state.numStalls).toBe(0);
});

import { VirtualTimeScheduler } from 'rxjs';
import { expect, test, vi } from 'vitest';
import { SilenceWatch } from '../../../src/streams/child/silence-watch.js';

function scene(isExcused?: () => boolean) {
  const scheduler = new VirtualTimeScheduler();
  const schedule = vi.spyOn(scheduler, 'schedule');
  const onSilent = vi.fn();
  const watch = new SilenceWatch({ limitMs: 1000, scheduler, onSilent, ...(isExcused && { isExcused }) });
  const pass = (ms: number): void => {
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
    scheduler.frame = scheduler.maxFrames;
  };
  return { watch, onSilent, schedule, pass };
}

test('it tells of the silence once, exactly after the limit', () => {
  const { watch, onSilent, pass } = scene();
  pass(600);
  watch.heard();
  pass(999);
  expect(onSilent).not.toHaveBeenCalled();
  pass(1);
  expect(onSilent).toHaveBeenCalledExactlyOnceWith(1000);
  pass(5000);
  expect(onSilent).toHaveBeenCalledOnce();
});

test('thousands of signs make no timers of their own', () => {
  const { watch, onSilent, schedule, pass } = scene();
  for (let i = 0; i < 4000; i++) {
    watch.heard();
    pass(1);
  }
  expect(onSilent).not.toHaveBeenCalled();
  expect(schedule.mock.calls.length).toBeLessThanOrEqual(5);
});

test('who is excused may be silent; nothing is told after the end', () => {
  let isExcused = true;
  const { watch, onSilent, pass } = scene(() => isExcused);
  pass(10_000);
  expect(onSilent).not.toHaveBeenCalled();
  isExcused = false;
  watch.close();
  pass(10_000);
  expect(onSilent).not.toHaveBeenCalled();
});

import { asyncScheduler, type SchedulerAction, type SchedulerLike, type Subscription } from 'rxjs';
import { steadyClock } from './clock.js';

/** Real timers whose `now` is the steady clock: RxJS's own goes by the wall clock, which somebody may set. */
export const steadyScheduler: SchedulerLike = {
  now: () => steadyClock.nowMs(),
  schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delayMs?: number,
    state?: T,
  ): Subscription {
    return asyncScheduler.schedule(work, delayMs, state);
  },
};

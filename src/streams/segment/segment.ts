import { Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import type { Clock } from '../../core/clock.js';
import type { MediaEvent, SegmentEvent } from '../../core/media.js';
import { SegmentAssembler, type AssemblerOptions } from './segment-assembler.js';

/** When segments are emitted, and whose time it is. */
export interface SegmentOptions extends AssemblerOptions {
  readonly clock: Clock;
  /** Runs the timeouts; must go by the same time as `clock`. */
  readonly scheduler: SchedulerLike;
}

/**
 * Cuts the media of one stream into segments of 1/6 s, with gaps and epochs; see `SegmentAssembler` for the rules. At
 * the end of the source, or when it fails, what is complete is emitted first.
 */
export function segment(options: SegmentOptions): OperatorFunction<MediaEvent, SegmentEvent> {
  return (media$) =>
    new Observable((subscriber) => {
      const { clock, scheduler } = options;
      const assembler = new SegmentAssembler(options);
      let timer: Subscription | undefined;
      let timerAtMs = Infinity;

      const emit = (events: readonly SegmentEvent[]): void => {
        for (const event of events) subscriber.next(event);
      };
      // A timer that turns out too early only looks again, so it need not move with every deadline that moves back.
      const arm = (): void => {
        const deadlineMs = assembler.deadlineMs;
        if (deadlineMs === null || deadlineMs >= timerAtMs || subscriber.closed) return;
        timer?.unsubscribe();
        timerAtMs = deadlineMs;
        const delayMs = Math.max(0, Math.ceil(deadlineMs - clock.nowMs()));
        timer = scheduler.schedule(() => {
          timerAtMs = Infinity;
          emit(assembler.advance(clock.nowMs()));
          arm();
        }, delayMs);
      };
      const stop = (): void => timer?.unsubscribe();

      subscriber.add(stop);
      subscriber.add(
        media$.subscribe({
          next: (event) => {
            emit(assembler.push(event, clock.nowMs()));
            arm();
          },
          complete: () => {
            stop();
            emit(assembler.flush());
            subscriber.complete();
          },
          error: (error: unknown) => {
            stop();
            emit(assembler.flush());
            subscriber.error(error);
          },
        }),
      );
    });
}

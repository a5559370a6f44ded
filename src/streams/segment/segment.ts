import { Observable, type OperatorFunction, type SchedulerLike, type Subscription } from 'rxjs';
import type { MediaEvent, SegmentEvent } from '../../core/media.js';
import { SegmentAssembler, type AssemblerOptions } from './segment-assembler.js';

/** When segments are emitted. */
export interface SegmentOptions extends AssemblerOptions {
  /** Runs the timeouts, and tells the time they go by. */
  readonly scheduler: SchedulerLike;
}

/**
 * Cuts the media of one stream into segments of 1/6 s, with gaps and epochs; see `SegmentAssembler` for the rules. At
 * the end of the source, or when it fails, what is complete is emitted first.
 */
export function segment(options: SegmentOptions): OperatorFunction<MediaEvent, SegmentEvent> {
  return (media$) =>
    new Observable((subscriber) => {
      const { scheduler } = options;
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
        const delayMs = Math.max(0, Math.ceil(deadlineMs - scheduler.now()));
        timer = scheduler.schedule(() => {
          timerAtMs = Infinity;
          emit(assembler.advance(scheduler.now()));
          arm();
        }, delayMs);
      };
      const stop = (): void => timer?.unsubscribe();

      subscriber.add(stop);
      subscriber.add(
        media$.subscribe({
          next: (event) => {
            emit(assembler.push(event, scheduler.now()));
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

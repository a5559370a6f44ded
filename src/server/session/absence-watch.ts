import type { SchedulerLike, Subscription } from 'rxjs';

/** Tells, once, that somebody has been away for too long. */
export class AbsenceWatch {
  readonly #absentMs: () => number;
  readonly #limitMs: number;
  readonly #scheduler: SchedulerLike;
  readonly #tooLong: () => void;
  #looking: Subscription;

  /** @param absentMs for how long nobody has been there, 0 while somebody is */
  constructor(absentMs: () => number, limitMs: number, scheduler: SchedulerLike, tooLong: () => void) {
    this.#absentMs = absentMs;
    this.#limitMs = limitMs;
    this.#scheduler = scheduler;
    this.#tooLong = tooLong;
    this.#looking = this.#lookIn(limitMs);
  }

  stop(): void {
    this.#looking.unsubscribe();
  }

  #lookIn(inMs: number): Subscription {
    return this.#scheduler.schedule(() => {
      const leftMs = this.#limitMs - this.#absentMs();
      // Timers may be early by a fraction of a millisecond.
      if (leftMs > 0) this.#looking = this.#lookIn(Math.max(1, leftMs));
      else this.#tooLong();
    }, inMs);
  }
}

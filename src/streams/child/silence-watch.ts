import type { SchedulerLike, Subscription } from 'rxjs';

/** What a watch is made with. */
export interface SilenceWatchOptions {
  readonly limitMs: number;
  readonly scheduler: SchedulerLike;
  /** Whether it may be silent at present. Default: never. */
  readonly isExcused?: () => boolean;
  /** Nothing was heard for `limitMs` or longer. Once. */
  readonly onSilent: (silentMs: number) => void;
}

/** Tells when a child gives no sign of life any more. A sign costs a look at the clock, and no timer. */
export class SilenceWatch {
  readonly #options: SilenceWatchOptions;
  #timer: Subscription | undefined;
  #lastSignMs: number;

  constructor(options: SilenceWatchOptions) {
    this.#options = options;
    this.#lastSignMs = options.scheduler.now();
    this.#wait(options.limitMs);
  }

  /** A sign of life. */
  heard(): void {
    this.#lastSignMs = this.#options.scheduler.now();
  }

  /** Ends it. May be called twice. */
  close(): void {
    this.#timer?.unsubscribe();
  }

  #wait(forMs: number): void {
    const { limitMs, scheduler, isExcused, onSilent } = this.#options;
    this.#timer = scheduler.schedule(() => {
      const silentMs = scheduler.now() - this.#lastSignMs;
      if (isExcused?.() === true) this.#wait(limitMs);
      else if (silentMs < limitMs) this.#wait(limitMs - silentMs);
      else onSilent(silentMs);
    }, forMs);
  }
}

import type { SchedulerLike, Subscription } from 'rxjs';

/** Time between two acknowledgements: five a second. */
export const ACK_MS = 200;

/** Acknowledges what came, at most every `ACK_MS`, and nothing where nothing came. */
export class AckTimer {
  readonly #scheduler: SchedulerLike;
  readonly #acknowledge: () => void;
  #timer: Subscription | null = null;

  constructor(scheduler: SchedulerLike, acknowledge: () => void) {
    this.#scheduler = scheduler;
    this.#acknowledge = acknowledge;
  }

  /** Something came. */
  touch(): void {
    this.#timer ??= this.#scheduler.schedule(() => this.flush(), ACK_MS);
  }

  /** Acknowledges now. */
  flush(): void {
    this.stop();
    this.#acknowledge();
  }

  stop(): void {
    this.#timer?.unsubscribe();
    this.#timer = null;
  }
}

import type { SchedulerLike, Subscription } from 'rxjs';

const TICK_MS = 1000;

/** What a stall is, and what is done about it. */
export interface StallWatchOptions {
  /** Whether an answer is due. */
  readonly isBusy: () => boolean;
  /** Seconds without a sign of life, while one is due, that are a stall; asked anew each second. */
  readonly limitSeconds: () => number;
  /** Called once; the watch is over then. */
  readonly onStall: () => void;
  readonly scheduler: SchedulerLike;
}

/**
 * Notices where answers are due and none comes. It counts its own ticks instead of reading a clock: while the whole machine
 * sleeps, or this process is stopped, a worker cannot answer, and no tick comes either.
 */
export class StallWatch {
  readonly #options: StallWatchOptions;
  #timer: Subscription | undefined;
  #numTicks = 0;
  #isOver = false;

  constructor(options: StallWatchOptions) {
    this.#options = options;
  }

  /** An answer is due from now on. */
  expect(): void {
    if (this.#timer !== undefined || this.#isOver) return;
    this.#numTicks = 0;
    this.#arm();
  }

  /** The worker has said something. */
  sign(): void {
    this.#numTicks = 0;
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.unsubscribe();
  }

  #arm(): void {
    this.#timer = this.#options.scheduler.schedule(() => this.#tick(), TICK_MS);
  }

  #tick(): void {
    this.#timer = undefined;
    if (this.#isOver || !this.#options.isBusy()) return;
    this.#numTicks += 1;
    if (this.#numTicks < this.#options.limitSeconds()) {
      this.#arm();
      return;
    }
    this.#isOver = true;
    this.#options.onStall();
  }
}

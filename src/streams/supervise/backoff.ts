/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Upper end of the first wait in ms; it doubles with every attempt. */
  readonly initialMs: number;
  /** The wait never gets longer than this, in ms. */
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** However often it was tried, the wait is no longer than this while the outage is short, in ms. */
export const PROMPT_WAIT_MS = 2000;

/** Nor longer than this share of the outage: who was away for 10 s is not kept waiting for 15 s when it is back. */
export const OUTAGE_SHARE = 1 / 4;

/**
 * Waits between attempts: uniform between half a ceiling and the ceiling, so that a hundred streams which lost the same server
 * do not come back at the same moment.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /**
   * The next wait, in ms. Its ceiling doubles with every attempt, up to `PROMPT_WAIT_MS` or a quarter of the outage, whichever is
   * longer, and up to `maxMs`.
   * @param outageMs how long the source has been away
   */
  next(outageMs: number): number {
    const { initialMs, maxMs } = this.#options;
    const doubledMs = initialMs * 2 ** Math.min(this.#attempt, 30);
    const promptMs = Math.max(PROMPT_WAIT_MS, outageMs * OUTAGE_SHARE);
    return this.#wait(Math.min(maxMs, doubledMs, promptMs));
  }

  /** For what will hardly heal by itself: as long as waits get. */
  nextAtCap(): number {
    return this.#wait(this.#options.maxMs);
  }

  reset(): void {
    this.#attempt = 0;
  }

  #wait(ceilingMs: number): number {
    this.#attempt += 1;
    return ceilingMs * (0.5 + this.#options.random() / 2);
  }
}

/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Upper end of the first wait in ms; it doubles with every attempt. */
  readonly initialMs: number;
  /** The wait never gets longer than this, in ms. */
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Waits between attempts: full jitter, so that a hundred streams which lost the same server do not come back at the same
 * moment.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Uniform between 0 and a ceiling that doubles up to `maxMs`, in ms. */
  next(): number {
    const { initialMs, maxMs, random } = this.#options;
    const ceilingMs = Math.min(maxMs, initialMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt += 1;
    return random() * ceilingMs;
  }

  /** For what will hardly heal by itself: uniform in the upper half of `maxMs`. */
  nextAtCap(): number {
    const { maxMs, random } = this.#options;
    this.#attempt += 1;
    return maxMs * (0.5 + random() / 2);
  }

  reset(): void {
    this.#attempt = 0;
  }
}

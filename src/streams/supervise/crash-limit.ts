const MINUTE_MS = 60_000;

/** How often a source may be opened again after its decoding crashed: what crashes again and again only burns time. */
export class CrashLimit {
  readonly #maxPerMinute: number;
  readonly #restartedAtMs: number[] = [];

  constructor(maxPerMinute: number) {
    this.#maxPerMinute = maxPerMinute;
  }

  /** Whether it may be opened again after a crash at `nowMs`; if so, that counts. */
  allows(nowMs: number): boolean {
    const isOld = (atMs: number): boolean => nowMs - atMs >= MINUTE_MS;
    while (this.#restartedAtMs[0] !== undefined && isOld(this.#restartedAtMs[0])) this.#restartedAtMs.shift();
    if (this.#restartedAtMs.length >= this.#maxPerMinute) return false;
    this.#restartedAtMs.push(nowMs);
    return true;
  }
}

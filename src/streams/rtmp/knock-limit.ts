const WINDOW_MS = 60_000;

/** Addresses that are remembered; the one that knocked longest ago is forgotten first. */
const MAX_ADDRESSES = 1024;

/** Wrong keys that an address has tried. */
interface Knocks {
  sinceMs: number;
  count: number;
}

/** Counts wrong keys by address, so that nobody tries many. Who is refused learns nothing of the keys that he brings. */
export class KnockLimit {
  readonly #nowMs: () => number;
  readonly #maxPerMinute: number;
  readonly #knocks = new Map<string, Knocks>();

  /** @param nowMs a clock that nobody sets */
  constructor(nowMs: () => number, maxPerMinute: number) {
    this.#nowMs = nowMs;
    this.#maxPerMinute = maxPerMinute;
  }

  isExhausted(address: string): boolean {
    const knocks = this.#knocks.get(address);
    if (knocks === undefined) return false;
    if (this.#nowMs() - knocks.sinceMs < WINDOW_MS) return knocks.count >= this.#maxPerMinute;
    this.#knocks.delete(address);
    return false;
  }

  addWrong(address: string): void {
    const knocks = this.#knocks.get(address) ?? { sinceMs: this.#nowMs(), count: 0 };
    knocks.count += 1;
    this.#knocks.delete(address);
    this.#knocks.set(address, knocks);
    if (this.#knocks.size <= MAX_ADDRESSES) return;
    const [oldest] = this.#knocks.keys();
    if (oldest !== undefined) this.#knocks.delete(oldest);
  }
}

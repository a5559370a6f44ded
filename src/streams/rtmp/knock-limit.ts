const WINDOW_MS = 60_000;

/** Addresses that are remembered; the one that knocked longest ago is forgotten first. */
const MAX_ADDRESSES = 1024;

/** Wrong keys that an address has tried. */
interface Knocks {
  sinceMs: number;
  count: number;
}

/** Counts wrong keys by address, so that one that tries many is told apart from an encoder that is set up wrongly. */
export class KnockLimit {
  readonly #nowMs: () => number;
  readonly #maxPerMinute: number;
  readonly #knocks = new Map<string, Knocks>();

  /** @param nowMs a clock that nobody sets */
  constructor(nowMs: () => number, maxPerMinute: number) {
    this.#nowMs = nowMs;
    this.#maxPerMinute = maxPerMinute;
  }

  /** @returns false where the address has tried too many within the minute */
  addWrong(address: string): boolean {
    const nowMs = this.#nowMs();
    const before = this.#knocks.get(address);
    const isRecent = before !== undefined && nowMs - before.sinceMs < WINDOW_MS;
    const knocks = isRecent ? before : { sinceMs: nowMs, count: 0 };
    if (knocks.count >= this.#maxPerMinute) return false;
    knocks.count += 1;
    this.#knocks.delete(address);
    this.#knocks.set(address, knocks);
    if (this.#knocks.size > MAX_ADDRESSES) this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    const [oldest] = this.#knocks.keys();
    if (oldest !== undefined) this.#knocks.delete(oldest);
  }
}

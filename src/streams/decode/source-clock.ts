/** A step forward by more than this is a jump of the source's clock, or media that was skipped. */
const JUMP_AHEAD_MS = 2000;

/** A step back by more than this is no disorder between packets. */
const JUMP_BACK_MS = 1000;

/**
 * The source's clock as time that was really filled with media: jumps, skipped media and counters that start over are taken
 * out, for each track by itself. Good enough to pace by, not to place media by. Times in ms.
 */
export class SourceClock {
  readonly #tracks = new Map<number, { lastMs: number; offsetMs: number }>();
  #newestMs = 0;

  /** The newest time of any track. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /**
   * Where the next packet of a track lies.
   * @param timeMs in the source's clock, null where the packet says none
   */
  place(track: number, timeMs: number | null): number {
    if (timeMs === null) return this.#newestMs;
    const known = this.#tracks.get(track);
    const stepMs = known === undefined ? NaN : timeMs - known.lastMs;
    const isContinued = stepMs <= JUMP_AHEAD_MS && stepMs >= -JUMP_BACK_MS;
    const offsetMs = isContinued ? known!.offsetMs : this.#offsetOf(track, timeMs);
    this.#tracks.set(track, { lastMs: timeMs, offsetMs });
    const placedMs = timeMs + offsetMs;
    this.#newestMs = Math.max(this.#newestMs, placedMs);
    return placedMs;
  }

  /** A track that jumped, or is new, goes on beside the other one where that fits, else at the newest time. */
  #offsetOf(track: number, timeMs: number): number {
    for (const [other, { offsetMs }] of this.#tracks) {
      if (other !== track && Math.abs(timeMs + offsetMs - this.#newestMs) <= JUMP_AHEAD_MS) return offsetMs;
    }
    return this.#newestMs - timeMs;
  }
}

/** When a modality passed the end of a segment. */
export interface Pass {
  /** Segments before this index had been passed. */
  readonly segment: number;
  /** Arrival of the media that did it, in ms of the steady clock. */
  readonly arrivedAtMs: number;
  /** When it was seen here, in ms. */
  readonly seenAtMs: number;
}

/** Passes kept; where more are needed the newest ones share an entry. */
const MAX_PASSES = 256;

/** How far one modality has come, and when it got there, for the segments still undecided. Bounded. */
export class PassLog {
  #passes: Pass[] = [];
  #segment = 0;

  /** The first segment whose end has not been passed. */
  get segment(): number {
    return this.#segment;
  }

  /** Notes that every segment before `pass.segment` has been passed; no news is ignored. */
  note(pass: Pass): boolean {
    if (pass.segment <= this.#segment) return false;
    this.#segment = pass.segment;
    const last = this.#passes.at(-1);
    if (last !== undefined && this.#passes.length >= MAX_PASSES) {
      this.#passes[MAX_PASSES - 1] = { ...last, segment: pass.segment, arrivedAtMs: pass.arrivedAtMs };
    } else {
      this.#passes.push(pass);
    }
    return true;
  }

  /** The pass that took the modality beyond the end of segment `k`, null if that is still to come. */
  passOf(k: number): Pass | null {
    return this.#passes.find((pass) => pass.segment > k) ?? null;
  }

  /** Forgets what only concerns segments before `k`. */
  forgetBefore(k: number): void {
    while (this.#passes[0] !== undefined && this.#passes[0].segment <= k) this.#passes.shift();
  }

  /** Starts over with segment `k` as the first that has not been passed. */
  reset(k: number): void {
    this.#passes = [];
    this.#segment = k;
  }
}

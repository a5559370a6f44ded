import type { GapReason } from '../../core/media.js';
import type { SessionEvent } from '../../core/protocol.js';

const LATENCY_WINDOW_SCORES = 60;

/** What a stream has told so far, in figures. */
export class StreamTally {
  readonly #latenciesMs: number[] = [];
  readonly #numDropped: Record<GapReason, number> = { overload: 0, source: 0, late: 0, failure: 0 };
  #epoch = -1;
  #nextSeq = 0;
  #numScores = 0;

  /** The current epoch, -1 before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  get nextSeq(): number {
    return this.#nextSeq;
  }

  get numScores(): number {
    return this.#numScores;
  }

  /** Segments lost, by reason. */
  get numDropped(): Readonly<Record<GapReason, number>> {
    return { ...this.#numDropped };
  }

  /** Median of the last 10 s of scores in ms, null before the first. */
  get latencyMs(): number | null {
    const sorted = [...this.#latenciesMs].sort((a, b) => a - b);
    return sorted[sorted.length >> 1] ?? null;
  }

  add(event: SessionEvent): void {
    switch (event.type) {
      case 'epoch':
        this.#epoch = event.epoch;
        this.#nextSeq = 0;
        break;
      case 'gap':
        this.#numDropped[event.reason] += event.toSeq - event.fromSeq + 1;
        this.#nextSeq = event.toSeq + 1;
        break;
      case 'score':
        this.#latenciesMs[this.#numScores % LATENCY_WINDOW_SCORES] = event.latencyMs;
        this.#numScores += 1;
        this.#nextSeq = event.seq + 1;
        break;
    }
  }
}

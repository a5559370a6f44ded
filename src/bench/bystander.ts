import type { ServerMessage } from '../core/protocol.js';
import type { BystanderCounts } from './isolation-figures.js';

/** Follows a stream that should be left alone: its latencies, and whatever it lost. */
export class Bystander implements BystanderCounts {
  #epoch: number | null = null;
  #nextSeq = NaN;
  #numScores = 0;
  #numMissing = 0;
  #numGaps = 0;
  #numRestarts = 0;
  readonly #onLatency: (latencyMs: number) => void;

  /** @param onLatency takes the latency of each score, as it comes */
  constructor(onLatency: (latencyMs: number) => void) {
    this.#onLatency = onLatency;
  }

  get numScores(): number {
    return this.#numScores;
  }

  get numMissing(): number {
    return this.#numMissing;
  }

  get numGaps(): number {
    return this.#numGaps;
  }

  get numRestarts(): number {
    return this.#numRestarts;
  }

  /** The next message of its subscription. */
  take(message: ServerMessage): void {
    if (message.type === 'epoch') {
      this.#enter(message.epoch, 0);
    } else if (message.type === 'gap') {
      this.#numGaps += 1;
      this.#numMissing += message.toSeq - message.fromSeq + 1;
      this.#reach(message.epoch, message.fromSeq, message.toSeq);
    } else if (message.type === 'score') {
      this.#numScores += 1;
      this.#reach(message.epoch, message.seq, message.seq);
      this.#onLatency(message.latencyMs);
    }
  }

  #enter(epoch: number, nextSeq: number): void {
    if (this.#epoch !== null && epoch !== this.#epoch) this.#numRestarts += 1;
    this.#epoch = epoch;
    this.#nextSeq = nextSeq;
  }

  #reach(epoch: number, fromSeq: number, toSeq: number): void {
    // Who joins in the middle of an epoch has missed nothing.
    if (epoch !== this.#epoch) this.#enter(epoch, this.#epoch === null ? fromSeq : 0);
    this.#numMissing += Math.max(0, fromSeq - this.#nextSeq);
    this.#nextSeq = toSeq + 1;
  }
}

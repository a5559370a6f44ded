import type { Gap } from '../../../src/core/media.js';
import type { HistoryGap } from '../../../src/core/protocol.js';
import type { Score } from '../../../src/core/score.js';
import { RECEPTIVE_FIELD_SEGMENTS } from '../../../src/core/time-grid.js';

const NUM_LATENCIES = 360;
const NUM_RATE_SCORES = 31;

/** Figures of one stream as this page has seen it. Bounded. */
export class StreamFigures {
  readonly #latenciesMs: number[] = [];
  readonly #emittedAtMs: number[] = [];
  #epoch: number | null = null;
  #numSkipped = 0;
  #warm = false;
  #numSteps = 0;
  #numDropped = 0;

  pushScore(score: Score): void {
    this.#enter(score.epoch);
    keepLast(this.#latenciesMs, score.latencyMs, NUM_LATENCIES);
    keepLast(this.#emittedAtMs, score.emittedAtMs, NUM_RATE_SCORES);
    this.#warm = score.warm;
    this.#numSteps = score.seq + 1 - this.#numSkipped;
  }

  pushGap(gap: Gap | HistoryGap): void {
    this.#enter(gap.epoch);
    // What the server merely forgot was scored, and is in the model's memory.
    if (gap.reason === 'history') return;
    const numSegments = gap.toSeq - gap.fromSeq + 1;
    this.#numSkipped += numSegments;
    this.#numDropped += numSegments;
  }

  /** Latency of the newest score in ms, null before the first. */
  get latencyMs(): number | null {
    return this.#latenciesMs.at(-1) ?? null;
  }

  /** Median latency of the last minute's scores in ms, null before the first. */
  get medianLatencyMs(): number | null {
    if (this.#latenciesMs.length === 0) return null;
    const sorted = [...this.#latenciesMs].sort((a, b) => a - b);
    const upper = sorted[sorted.length >> 1] ?? 0;
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? 0)) / 2;
  }

  /** Scores a second over the last 30 scores by the server's clock, null before there are enough. */
  get rateHz(): number | null {
    const first = this.#emittedAtMs[0];
    const last = this.#emittedAtMs.at(-1);
    if (first === undefined || last === undefined || last <= first || this.#emittedAtMs.length < 7)
      return null;
    return ((this.#emittedAtMs.length - 1) * 1000) / (last - first);
  }

  /** Share of the receptive field that is filled with real steps, in [0, 1]; 1 only once the server says so. */
  get warmShare(): number {
    if (this.#warm) return 1;
    return Math.min(Math.max(this.#numSteps, 0) / RECEPTIVE_FIELD_SEGMENTS, 0.99);
  }

  /** Segments in gaps that this page was told of. */
  get numDropped(): number {
    return this.#numDropped;
  }

  #enter(epoch: number): void {
    if (epoch === this.#epoch) return;
    this.#epoch = epoch;
    this.#numSkipped = 0;
    this.#numSteps = 0;
    this.#warm = false;
  }
}

function keepLast(values: number[], value: number, count: number): void {
  values.push(value);
  if (values.length > count) values.shift();
}

import { quantile } from '../core/quantile.js';
import { seededUniform } from '../model/weights/seeded.js';

/** What was measured in one round, in which both conditions were there one soon after the other. */
export interface PairedRound {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** A difference, and the ends of its 95 % interval; all NaN where there is nothing to compare. */
export interface Difference {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const NUM_RESAMPLES = 2000;
const TAIL = 0.025;

/**
 * The `q`-quantile of all values after, less that of all values before, with its percentile bootstrap interval (Efron and
 * Tibshirani, An Introduction to the Bootstrap, ch. 13). Rounds are drawn with replacement, as they, and not the values within
 * one, are independent; both conditions of a round are drawn together, so that a machine that drifts counts for both.
 * @param q in [0, 1]
 */
export function quantileDifference(rounds: readonly PairedRound[], q: number): Difference {
  const before = new RankedValues(rounds.map((round) => round.before));
  const after = new RankedValues(rounds.map((round) => round.after));
  const difference = (timesDrawn: Uint32Array): number =>
    after.quantile(timesDrawn, q) - before.quantile(timesDrawn, q);
  const value = difference(new Uint32Array(rounds.length).fill(1));
  if (Number.isNaN(value)) return { value, low: NaN, high: NaN };
  const uniform = seededUniform('bootstrap', 'rounds');
  const timesDrawn = new Uint32Array(rounds.length);
  const differences = Array.from({ length: NUM_RESAMPLES }, () => {
    timesDrawn.fill(0);
    for (let i = 0; i < rounds.length; i++)
      timesDrawn[Math.floor(((uniform() + 1) / 2) * rounds.length)]! += 1;
    return difference(timesDrawn);
  });
  return { value, low: quantile(differences, TAIL), high: quantile(differences, 1 - TAIL) };
}

/** Values in their order, each with its round, so that no resample has to be sorted. */
class RankedValues {
  /** The largest first. */
  readonly #ranked: readonly { readonly value: number; readonly round: number }[];
  readonly #numOfRound: readonly number[];

  constructor(rounds: readonly (readonly number[])[]) {
    this.#ranked = rounds
      .flatMap((values, round) => values.map((value) => ({ value, round })))
      .sort((a, b) => b.value - a.value);
    this.#numOfRound = rounds.map((values) => values.length);
  }

  /** By nearest rank, with each round as often as it was drawn; NaN for no values. */
  quantile(timesDrawn: Uint32Array, q: number): number {
    const total = this.#numOfRound.reduce((sum, num, round) => sum + num * timesDrawn[round]!, 0);
    const numAbove = total - Math.max(1, Math.ceil(q * total));
    let numPassed = 0;
    for (const { value, round } of this.#ranked) {
      numPassed += timesDrawn[round]!;
      if (numPassed > numAbove) return value;
    }
    return NaN;
  }
}

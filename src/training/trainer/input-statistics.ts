import type { TrainingSequence } from '../sequence.js';

/** Mean and standard deviation of every input column of training: the embedding's, and last the timestamp's. */
export interface InputStatistics {
  /** `[embeddingDim + 1]`; the last is of the timestamp, in seconds. */
  readonly mean: Float64Array;
  /** `[embeddingDim + 1]`, each > 0. */
  readonly std: Float64Array;
}

/** A column's std counts as at least this share of the embedding's: one that hardly moves must not be blown up. */
const STD_FLOOR = 0.01;
/** Where nothing moves at all. */
const SMALLEST_STD = 1e-6;

/**
 * Gathers statistics sequence by sequence, so that no two need be in memory; float64, by the updating formula of Welford
 * (1962), which loses nothing where a mean is far from 0.
 */
export class InputStatisticsSum {
  #numSteps = 0;
  #mean = new Float64Array(0);
  /** Sums of squared distances from the mean. */
  #squares = new Float64Array(0);

  /** @param sequence of the same width in every call */
  add({ embeddings, seconds, numSteps }: TrainingSequence): void {
    if (numSteps === 0) return;
    const dim = embeddings.length / numSteps;
    if (this.#numSteps === 0) {
      this.#mean = new Float64Array(dim + 1);
      this.#squares = new Float64Array(dim + 1);
    }
    const [mean, squares] = [this.#mean, this.#squares];
    for (let t = 0, i = 0; t < numSteps; t++) {
      this.#numSteps += 1;
      for (let column = 0; column <= dim; column++) {
        const value = column === dim ? seconds[t]! : embeddings[i++]!;
        const distance = value - mean[column]!;
        mean[column]! += distance / this.#numSteps;
        squares[column]! += distance * (value - mean[column]!);
      }
    }
  }

  /**
   * Statistics of all steps so far; there must be one. A std below 1/100 of the root mean square of the embedding's stds is
   * raised to it.
   */
  result(): InputStatistics {
    const variance = this.#squares.map((sum) => sum / this.#numSteps);
    const ofEmbedding = variance.subarray(0, -1);
    const typical = Math.sqrt(ofEmbedding.reduce((total, value) => total + value, 0) / ofEmbedding.length);
    const floor = Math.max(STD_FLOOR * typical, SMALLEST_STD);
    return { mean: this.#mean.slice(), std: variance.map((value) => Math.max(Math.sqrt(value), floor)) };
  }
}

/** Statistics of sequences in memory, of one width, with at least one step in all. */
export function inputStatistics(sequences: Iterable<TrainingSequence>): InputStatistics {
  const sum = new InputStatisticsSum();
  for (const sequence of sequences) sum.add(sequence);
  return sum.result();
}

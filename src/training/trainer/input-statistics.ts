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
 * Statistics over all steps of all sequences, in two passes (mean first), float64. A std below 1/100 of the root mean square
 * of the embedding's stds is raised to it.
 * @param sequences at least one step in all, all of one width; read twice
 */
export function inputStatistics(sequences: Iterable<TrainingSequence> & object): InputStatistics {
  let numSteps = 0;
  let sums = new Float64Array(0);
  for (const { embeddings, seconds, numSteps: steps } of sequences) {
    const dim = embeddings.length / steps;
    if (numSteps === 0) sums = new Float64Array(dim + 1);
    for (let t = 0, i = 0; t < steps; t++) {
      for (let column = 0; column < dim; column++) sums[column]! += embeddings[i++]!;
      sums[dim]! += seconds[t]!;
    }
    numSteps += steps;
  }
  const mean = sums.map((sum) => sum / numSteps);
  const squares = new Float64Array(mean.length);
  for (const { embeddings, seconds, numSteps: steps } of sequences) {
    const dim = mean.length - 1;
    for (let t = 0, i = 0; t < steps; t++) {
      for (let column = 0; column < dim; column++)
        squares[column]! += (embeddings[i++]! - mean[column]!) ** 2;
      squares[dim]! += (seconds[t]! - mean[dim]!) ** 2;
    }
  }
  const variance = squares.map((sum) => sum / numSteps);
  const ofEmbedding = variance.subarray(0, -1);
  const typical = Math.sqrt(ofEmbedding.reduce((total, value) => total + value, 0) / ofEmbedding.length);
  const floor = Math.max(STD_FLOOR * typical, SMALLEST_STD);
  return { mean, std: variance.map((value) => Math.max(Math.sqrt(value), floor)) };
}

import { NUM_LABELS } from '../../core/labels.js';
import type { VideoRows } from '../dataset/index.js';
import { meanCorrelation, videoCorrelations } from '../metric/index.js';
import { seededOrder } from '../seeded-order.js';
import { alignRows } from './align-rows.js';

/** How well one video was predicted. */
export interface VideoResult {
  readonly id: string;
  /** Annotated segments with a score. */
  readonly numSteps: number;
  /** Annotated segments without one. */
  readonly numUnscored: number;
  /** Scores at times without annotation; they do not count. */
  readonly numUnannotated: number;
  /** In the order of `LABELS`; null where one is not defined. */
  readonly correlations: readonly (number | null)[];
  /** Mean of the 15, those that are not defined as -1, as the method's authors count. */
  readonly mean: number;
  /** Mean of those that are defined; null where none is. */
  readonly meanDefined: number | null;
  /** As `correlations`, with the video's labels shuffled in time. */
  readonly shuffledCorrelations: readonly (number | null)[];
}

/**
 * Holds the scores of one video against its annotations. Null where no annotated segment has a score.
 * @param seed of the shuffled labels
 */
export function videoResult(annotations: VideoRows, scores: VideoRows, seed: number): VideoResult | null {
  const aligned = [...alignRows(annotations.timesUs, scores.timesUs)];
  const pairs = aligned.filter(({ first, second }) => first !== undefined && second !== undefined);
  if (pairs.length === 0) return null;
  const labels = gatherRows(
    annotations.values,
    pairs.map(({ first }) => first!),
  );
  const predicted = gatherRows(
    scores.values,
    pairs.map(({ second }) => second!),
  );
  const shuffled = gatherRows(
    labels,
    seededOrder(pairs.keys(), 'shuffled labels', `${seed}/${annotations.id}`),
  );
  const correlations = videoCorrelations(labels, predicted);
  return {
    id: annotations.id,
    numSteps: pairs.length,
    numUnscored: annotations.timesUs.length - pairs.length,
    numUnannotated: scores.timesUs.length - pairs.length,
    correlations,
    mean: meanCorrelation(correlations, { undefinedAs: -1 })!,
    meanDefined: meanCorrelation(correlations, { undefinedAs: 'skip' }),
    shuffledCorrelations: videoCorrelations(shuffled, predicted),
  };
}

function gatherRows(values: Float32Array, rows: readonly number[]): Float32Array {
  const gathered = new Float32Array(rows.length * NUM_LABELS);
  for (const [index, row] of rows.entries()) {
    gathered.set(values.subarray(row * NUM_LABELS, (row + 1) * NUM_LABELS), index * NUM_LABELS);
  }
  return gathered;
}

import { NUM_LABELS } from '../../core/labels.js';
import { pearsonOfColumns } from './pearson.js';

/** How a correlation that is not defined counts: as the method's authors do, or not at all. */
export type UndefinedCorrelations = -1 | 'skip';

/** How correlations become one figure. */
export interface MRhoOptions {
  readonly undefinedAs: UndefinedCorrelations;
}

/**
 * One video's 15 correlations, in the order of `LABELS`; null where one is not defined (see `pearson`).
 * @param labels `[T, 15]`
 * @param scores `[T, 15]`
 */
export function videoCorrelations(labels: ArrayLike<number>, scores: ArrayLike<number>): (number | null)[] {
  const numSteps = Math.min(labels.length, scores.length) / NUM_LABELS;
  return Array.from({ length: NUM_LABELS }, (_, offset) =>
    pearsonOfColumns(labels, scores, { offset, stride: NUM_LABELS, length: numSteps }),
  );
}

/** Mean of one video's correlations; null where `'skip'` leaves none. */
export function meanCorrelation(
  correlations: readonly (number | null)[],
  { undefinedAs }: MRhoOptions,
): number | null {
  const counted = correlations.map((value) => (value === null && undefinedAs === -1 ? -1 : value));
  return mean(counted.filter((value) => value !== null));
}

/**
 * M_rho, the metric of the EEV challenge: per video the mean of the 15 correlations, then the mean over the videos.
 * Agrees with the method's authors where `undefinedAs` is -1. With `'skip'` a video's mean is over what is defined in it,
 * and a video with nothing defined is left out.
 * @param perVideo of each video its correlations, as `videoCorrelations` gives them
 * @returns in [-1, 1], null where no video counts
 */
export function mRho(perVideo: readonly (readonly (number | null)[])[], options: MRhoOptions): number | null {
  return mean(
    perVideo.map((correlations) => meanCorrelation(correlations, options)).filter((value) => value !== null),
  );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

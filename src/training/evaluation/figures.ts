import { type Label, LABELS } from '../../core/labels.js';
import { bootstrapInterval, type Interval, mRho } from '../metric/index.js';
import type { VideoResult } from './video-result.js';

/** M_rho, and the 95 % bootstrap interval over videos (null for less than two). */
export interface Figure {
  readonly mRho: number;
  readonly interval: Interval | null;
}

/** One expression over all videos. */
export interface LabelResult {
  readonly label: Label;
  /** Mean over the videos, a correlation that is not defined as -1. */
  readonly mean: number;
  /** Mean over the videos in which it is defined; null where there is none. */
  readonly meanDefined: number | null;
  readonly numUndefined: number;
}

/** Over all videos. */
export interface Figures {
  /** As the method's authors count: a correlation that is not defined is -1. */
  readonly asAuthors: Figure;
  /** Over the correlations that are defined; null where none is. */
  readonly definedOnly: Figure | null;
  /** As `definedOnly`, the labels of each video shuffled in time: what chance gives. */
  readonly shuffled: Figure | null;
  readonly labels: readonly LabelResult[];
}

/**
 * Sums up videos, at least one.
 * @param seed of the intervals
 */
export function summarize(videos: readonly VideoResult[], seed: number): Figures {
  const figure = (
    perVideo: readonly VideoResult['correlations'][],
    undefinedAs: -1 | 'skip',
  ): Figure | null => {
    const value = mRho(perVideo, { undefinedAs });
    if (value === null) return null;
    const means = perVideo.map((each) => mRho([each], { undefinedAs })).filter((mean) => mean !== null);
    return { mRho: value, interval: bootstrapInterval(means, { seed }) };
  };
  const correlations = videos.map((video) => video.correlations);
  const shuffled = videos.map((video) => video.shuffledCorrelations);
  return {
    asAuthors: figure(correlations, -1)!,
    definedOnly: figure(correlations, 'skip'),
    shuffled: figure(shuffled, 'skip'),
    labels: LABELS.map((label, index) => labelResult(label, index, videos)),
  };
}

function labelResult(label: Label, index: number, videos: readonly VideoResult[]): LabelResult {
  const values = videos.map(({ correlations }) => correlations[index] ?? null);
  const defined = values.filter((value) => value !== null);
  const sum = defined.reduce((partial, value) => partial + value, 0);
  const numUndefined = values.length - defined.length;
  return {
    label,
    mean: (sum - numUndefined) / values.length,
    meanDefined: defined.length === 0 ? null : sum / defined.length,
    numUndefined,
  };
}

import { NUM_LABELS } from '../../core/labels.js';
import { mRho, videoCorrelations } from '../metric/index.js';
import type { TrainingSequence } from '../sequence.js';
import type { ValidationRow } from './epoch-row.js';

/** Collects scores of validation videos, a few numbers a video. */
export class Validation {
  readonly #labelScale: number;
  readonly #perVideo: (number | null)[][] = [];
  #lossSum = 0;

  constructor(labelScale: number) {
    this.#labelScale = labelScale;
  }

  /** @param scores `[T, 15]`, of the scale of the labels */
  add({ labels }: TrainingSequence, scores: Float32Array): void {
    this.#lossSum += meanSquaredError(labels, scores) * this.#labelScale ** 2;
    this.#perVideo.push(videoCorrelations(labels, scores));
  }

  /** Null where there was no video. */
  row(): ValidationRow | null {
    const perVideo = this.#perVideo;
    if (perVideo.length === 0) return null;
    return {
      loss: this.#lossSum / perVideo.length,
      mRho: mRho(perVideo, { undefinedAs: -1 }),
      mRhoDefined: mRho(perVideo, { undefinedAs: 'skip' }),
      numUndefined: perVideo.flat().filter((value) => value === null).length,
      correlations: Array.from({ length: NUM_LABELS }, (_, label) =>
        mRho(
          perVideo.map((video) => [video[label] ?? null]),
          { undefinedAs: 'skip' },
        ),
      ),
    };
  }
}

/** Averaged over time and labels. */
function meanSquaredError(labels: Float32Array, scores: Float32Array): number {
  let sum = 0;
  for (const [index, label] of labels.entries()) sum += (scores[index]! - label) ** 2;
  return sum / labels.length;
}

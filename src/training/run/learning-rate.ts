import type { TrainingOptions } from './training-options.js';

/** Learning rate of an epoch, counted from 1. With `cosine` the first epoch has the full rate and one after the last 0. */
export function epochLearningRate(
  { learningRate, lrDecay, epochs }: Pick<TrainingOptions, 'learningRate' | 'lrDecay' | 'epochs'>,
  epoch: number,
): number {
  return lrDecay === 'none'
    ? learningRate
    : (learningRate / 2) * (1 + Math.cos((Math.PI * (epoch - 1)) / epochs));
}

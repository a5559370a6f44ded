import type { TrainingBackend } from '../backend/index.js';
import { createTrainer, type InputStatistics, type Trainer } from '../trainer/index.js';
import type { TrainingOptions } from './training-options.js';

/**
 * The trainer of a run.
 * @throws {EvokedError} ERR_CONFIG_INVALID
 */
export function makeTrainer(
  backend: TrainingBackend,
  options: TrainingOptions,
  embeddingDim: number,
  statistics: InputStatistics | null,
): Trainer {
  const { modality, position, weightNorm, dropout, labelScale, accumulate, dropTimestamps, init } = options;
  return createTrainer(backend, {
    ...{
      modality,
      embeddingDim,
      position,
      weightNorm,
      dropout,
      labelScale,
      accumulate,
      dropTimestamps,
      init,
    },
    shape: {
      numChannels: options.channels,
      numStacks: options.stacks,
      numLevels: options.levels,
      kernelSize: options.kernel,
      numHidden: options.hidden,
    },
    optimizer: { kind: options.optimizer, learningRate: options.learningRate },
    ...(statistics === null ? {} : { standardize: true, inputStatistics: statistics }),
    seed: `${options.seed}`,
  });
}

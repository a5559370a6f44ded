import type { TensorMap } from '../../model/weights/tensor.js';
import type { TrainingBackend } from '../backend/open-backend.js';
import type { TrainingSequence } from '../sequence.js';
import type { TrainerOptions, WeightChoice } from './options.js';

/** Trains one tower. Knows no files. */
export interface Trainer {
  /** Videos whose gradients wait for `step`. */
  readonly numPending: number;
  /** Steps done so far; kept in a snapshot. */
  readonly numSteps: number;
  /** Forward and backward over one video; its gradient, divided by `accumulate`, is added up. Returns its loss (see docs). */
  addVideo(sequence: TrainingSequence): number;
  /** Applies the gradients and clears them; nothing where no video waits. */
  step(): void;
  /** Scores `[T, 15]` divided by `labelScale`, without dropout. */
  predict(sequence: TrainingSequence, which?: WeightChoice): Float32Array;
  /** The tower's weights under the authors' names, standardisation folded in; copies. */
  tensors(which?: WeightChoice): TensorMap;
  /** Adds the present parameters to the mean of weights (SWA). */
  collectAverage(): void;
  /** All that it takes to continue exactly. */
  snapshot(): TensorMap;
  /** Makes the trainer what it was at `snapshot`. @throws {EvokedError} ERR_FILE_FORMAT */
  restore(snapshot: TensorMap): void;
  /** Frees the tensors; may be called twice. */
  dispose(): void;
}

/** A trainer of one tower. @throws {EvokedError} ERR_CONFIG_INVALID, ERR_MODEL_WEIGHTS */
export function createTrainer(_backend: TrainingBackend, _options: TrainerOptions): Trainer {
  throw new Error('not built yet');
}

import { EvokedError } from '../../core/errors.js';
import type { Tensor, TensorMap } from '../../model/weights/tensor.js';
import type { Trainer, WeightChoice } from '../trainer/index.js';
import { epochOrder } from './epoch-order.js';
import type { ValidationRow } from './epoch-row.js';
import type { TrainingEvent } from './events.js';
import type { SplitData } from './open-data.js';
import { readAhead } from './read-ahead.js';
import type { TrainingOptions } from './training-options.js';
import { Validation } from './validate.js';

/** One epoch of one run. */
export interface EpochContext {
  readonly trainer: Trainer;
  readonly options: TrainingOptions;
  /** Counted from 1. */
  readonly epoch: number;
  readonly emit: (event: TrainingEvent) => void;
}

/**
 * Trains on every video once, in the epoch's order; a step every `accumulate` videos, and one for what is left at the end.
 * @returns mean loss over the videos
 * @throws {EvokedError} ERR_TRAINING_DIVERGED where a loss is no number any more
 */
export async function trainEpoch({ dataset, ids }: SplitData, context: EpochContext): Promise<number> {
  const { trainer, options, epoch, emit } = context;
  const order = epochOrder(ids, options.seed, epoch);
  let [lossSum, numVideos] = [0, 0];
  for await (const { sequence, index } of readAhead(dataset, order, options.modality)) {
    if (sequence !== null) {
      const loss = trainer.addVideo(sequence);
      if (!Number.isFinite(loss)) throw diverged(context, `the loss of video ${sequence.id} is ${loss}`);
      if (trainer.numPending >= options.accumulate) trainer.step();
      lossSum += loss;
      numVideos += 1;
    }
    emit({ type: 'progress', stage: 'training', epoch, done: index + 1, total: ids.length });
  }
  if (numVideos === 0) {
    throw new EvokedError('ERR_FILE_FORMAT', { what: `no training video could be read in epoch ${epoch}` });
  }
  trainer.step();
  requireFinite(trainer.tensors(), context);
  return lossSum / numVideos;
}

/**
 * Scores every validation video.
 * @returns null where none can be used
 * @throws {EvokedError} ERR_TRAINING_DIVERGED where a score is no number any more
 */
export async function validateEpoch(
  { dataset, ids }: SplitData,
  context: EpochContext,
  weights: WeightChoice,
): Promise<ValidationRow | null> {
  const { trainer, options, epoch, emit } = context;
  const validation = new Validation(options.labelScale);
  for await (const { sequence, index } of readAhead(dataset, ids, options.modality)) {
    if (sequence !== null) validation.add(sequence, trainer.predict(sequence, weights));
    emit({ type: 'progress', stage: 'validating', epoch, done: index + 1, total: ids.length });
  }
  const row = validation.row();
  if (row !== null && !Number.isFinite(row.loss))
    throw diverged(context, `the validation loss is ${row.loss}`);
  return row;
}

/** Weights that are no numbers must never replace a checkpoint that has some. */
function requireFinite(tensors: TensorMap, context: EpochContext): void {
  for (const [name, { data }] of tensors as ReadonlyMap<string, Tensor & { data: Float32Array }>) {
    if (!data.every(Number.isFinite)) throw diverged(context, `${name} holds values that are no numbers`);
  }
}

function diverged({ epoch, options }: EpochContext, what: string): EvokedError {
  const kept = epoch === 1 ? 'no epoch was complete' : `epoch ${epoch - 1} is kept`;
  return new EvokedError('ERR_TRAINING_DIVERGED', {
    what: `training went out of bounds in epoch ${epoch} (${kept}): ${what}`,
    got: `--learning-rate ${options.learningRate}`,
    expected: 'a lower one, say a tenth',
  });
}

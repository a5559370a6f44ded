import type { Tensor } from '@tensorflow/tfjs-core';
import { EvokedError } from '../../core/errors.js';
import type { TensorMap } from '../../model/weights/tensor.js';
import type { TensorFlow, TrainingBackend } from '../backend/open-backend.js';
import type { TrainingSequence } from '../sequence.js';
import { GradientSum } from './gradient-sum.js';
import { checkSequence, labelRows } from './input-rows.js';
import { meanSquaredError } from './loss.js';
import { createOptimizer, type Optimizer } from './optimizer.js';
import type { TrainerOptions, WeightChoice } from './options.js';
import { RandomStream } from './random-stream.js';
import { type ResolvedOptions, resolveOptions } from './resolve-options.js';
import { decodeState, encodeState } from './snapshot.js';
import { TrainedTower } from './trained-tower.js';

/** Sets of a snapshot that are not the optimizer's. */
const PARAMETERS = 'parameter';
const AVERAGE = 'average';

/** A trainer of one tower. @throws {EvokedError} ERR_CONFIG_INVALID, ERR_MODEL_WEIGHTS */
export function createTrainer({ tf }: TrainingBackend, options: TrainerOptions): Trainer {
  return new Trainer(tf, options);
}

/**
 * Trains one tower: the paper's loss (eq. 4: the mean over time and labels of the squared error, on labels times
 * `labelScale`), gradients added up over videos, then a step of the optimizer. Knows no files.
 */
export class Trainer {
  /** Of the next `step`; not part of a snapshot. */
  learningRate: number;
  readonly #tf: TensorFlow;
  readonly #options: ResolvedOptions;
  readonly #tower: TrainedTower;
  readonly #gradients: GradientSum;
  readonly #optimizer: Optimizer;
  readonly #dropout: RandomStream;
  readonly #timestamps: RandomStream;
  #numSteps = 0;

  /** See `createTrainer`. */
  constructor(tf: TensorFlow, options: TrainerOptions) {
    this.#tf = tf;
    this.#options = resolveOptions(options);
    this.#tower = new TrainedTower(tf, options, this.#options);
    this.#gradients = new GradientSum(tf);
    this.#optimizer = createOptimizer(tf, this.#options.optimizer.kind);
    this.learningRate = this.#options.optimizer.learningRate;
    this.#dropout = new RandomStream(options.seed, 'dropout');
    this.#timestamps = new RandomStream(options.seed, 'timestamps');
  }

  /** Videos whose gradients wait for `step`. */
  get numPending(): number {
    return this.#gradients.count;
  }

  /** Steps done so far; kept in a snapshot. */
  get numSteps(): number {
    return this.#numSteps;
  }

  /**
   * Forward and backward over one video; its gradient, divided by `accumulate`, is added to those that wait.
   * @returns its loss, not divided; not finite where training went out of bounds
   * @throws {EvokedError} ERR_MODEL_INPUT
   */
  addVideo(sequence: TrainingSequence): number {
    const tower = this.#tower;
    checkSequence(sequence, tower.format);
    const { dropTimestamps, dropout, labelScale, accumulate, spec } = this.#options;
    const drops = dropTimestamps > 0;
    const kept = drops ? this.#timestamps.keptIndices(sequence.numSteps, dropTimestamps) : null;
    const makeMask = (length: number) => (dropout > 0 ? this.#dropout.dropoutMask(length, dropout) : null);
    const tf = this.#tf;
    const input = tower.input(sequence, kept);
    const [loss, ...gradients] = tf.tidy((): Tensor[] => {
      const rows = labelRows(sequence, labelScale, kept);
      const labels = tf.tensor2d(rows, [rows.length / spec.numLabels, spec.numLabels]);
      const lossOf = (): Tensor => meanSquaredError(tf, tower.outputs(input, makeMask), labels);
      const { value, grads } = tf.valueAndGrads(lossOf)(tower.parameters.trained, tf.scalar(1 / accumulate));
      return [value, ...grads];
    });
    input.dispose();
    this.#gradients.add(gradients);
    return take(loss!)[0]!;
  }

  /** Applies the gradients that wait and clears them; nothing where no video waits. */
  step(): void {
    if (this.numPending === 0) return;
    const { parameters } = this.#tower;
    const gradients = this.#tf.tidy(() => parameters.gradients(this.#gradients.sums));
    this.#gradients.clear();
    this.#numSteps++;
    const { learningRate, numSteps: numStep } = this;
    parameters.replace(this.#optimizer.update(parameters.tensors, gradients, { learningRate, numStep }));
    this.#tf.dispose(gradients);
  }

  /**
   * Scores `[T, 15]` divided by `labelScale`, without dropout; labels are not read. Agrees with `Tower` on `tensors()` to
   * 1e-4 of the largest score.
   * @throws {EvokedError} ERR_MODEL_INPUT
   */
  predict(sequence: TrainingSequence, which: WeightChoice = 'current'): Float32Array {
    checkSequence(sequence, this.#tower.format);
    const input = this.#tower.input(sequence, null);
    const outputs = this.#tf.tidy(() => this.#tower.outputs(input, () => null, which));
    input.dispose();
    return take(outputs).map((output) => output / this.#options.labelScale);
  }

  /** The tower's weights under the authors' names, for raw inputs; copies. */
  tensors(which: WeightChoice = 'current'): TensorMap {
    return this.#tower.tensors(which);
  }

  /** Counts the present parameters into the mean of weights (SWA); before the first time, that mean is the present ones. */
  collectAverage(): void {
    this.#tower.collectAverage();
  }

  /**
   * All that it takes to continue exactly with a trainer of the same options.
   * @throws {EvokedError} ERR_INTERNAL where gradients wait
   */
  snapshot(): TensorMap {
    if (this.numPending > 0) {
      throw new EvokedError('ERR_INTERNAL', { what: 'a training snapshot was asked for within a step' });
    }
    const { parameters, average } = this.#tower;
    const sets = new Map([[PARAMETERS, parameters.download()]]);
    for (const [slot, tensors] of this.#optimizer.slots) sets.set(slot, parameters.download(tensors));
    if (average.count > 0) sets.set(AVERAGE, average.mean);
    const counters = {
      steps: this.#numSteps,
      averaged: average.count,
      dropout: this.#dropout.state,
      timestamps: this.#timestamps.state,
    };
    return encodeState(parameters.specs, { counters, sets });
  }

  /**
   * Makes the trainer what the one was that made the snapshot; gradients that wait are dropped.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where the snapshot is of another tower; nothing has changed then
   */
  restore(snapshot: TensorMap): void {
    const { parameters } = this.#tower;
    const { counters, sets } = decodeState(parameters.specs, snapshot, PARAMETERS);
    parameters.replace(parameters.upload(sets.get(PARAMETERS)!));
    const slots = this.#optimizer.slotNames.flatMap((name): [string, Tensor[]][] => {
      const values = sets.get(name);
      return values === undefined ? [] : [[name, parameters.upload(values)]];
    });
    this.#optimizer.setSlots(new Map(slots));
    this.#tower.restoreAverage(counters.averaged, sets.get(AVERAGE) ?? new Map<string, Float32Array>());
    this.#numSteps = counters.steps;
    this.#dropout.state = counters.dropout;
    this.#timestamps.state = counters.timestamps;
    this.#gradients.clear();
  }

  /** Frees all tensors; may be called twice. */
  dispose(): void {
    this.#tower.dispose();
    this.#gradients.clear();
    this.#optimizer.dispose();
  }
}

/** A tensor's values; the tensor is freed. */
function take(tensor: Tensor): Float32Array {
  const values = tensor.dataSync<'float32'>();
  tensor.dispose();
  return values;
}

import type { Tensor2D } from '@tensorflow/tfjs-core';
import { convSpan } from '../../model/tower/spec.js';
import type { TensorMap } from '../../model/weights/tensor.js';
import type { TensorFlow } from '../backend/open-backend.js';
import type { TrainingSequence } from '../sequence.js';
import { initialValues } from './initial-values.js';
import { type InputFormat, inputRows } from './input-rows.js';
import { type MakeMask, towerOutputs } from './network.js';
import type { TrainerOptions, WeightChoice } from './options.js';
import type { ParameterValues } from './parameter-specs.js';
import { Parameters } from './parameters.js';
import type { ResolvedOptions } from './resolve-options.js';
import { TowerInput } from './tower-input.js';
import { listParts, type TowerLayer, towerLayers, type TowerParts } from './tower-layers.js';
import { towerTensors, valuesOfTensors } from './tower-tensors.js';
import { WeightAverage } from './weight-average.js';

/** A tower with the parameters that training changes, and with the mean of those that it passed through. */
export class TrainedTower {
  readonly format: InputFormat;
  readonly parameters: Parameters;
  readonly average = new WeightAverage();
  readonly #tf: TensorFlow;
  readonly #layers: TowerParts<TowerLayer>;
  /** The mean as tensors, where it was asked for since it last changed. */
  #averageParameters: Parameters | null = null;

  /** @throws {EvokedError} ERR_MODEL_WEIGHTS */
  constructor(tf: TensorFlow, options: TrainerOptions, resolved: ResolvedOptions) {
    const { modality, embeddingDim, position, seed, initialTensors } = options;
    const { spec, statistics, init } = resolved;
    this.#tf = tf;
    this.format = { embeddingDim, position, statistics, span: convSpan(spec.blocks[0]!.conv1) };
    this.#layers = towerLayers(spec, { ...resolved, modality });
    const layers = listParts(this.#layers);
    const values =
      initialTensors === undefined
        ? initialValues(layers, { seed, init })
        : valuesOfTensors(layers, initialTensors, spec, statistics);
    this.parameters = new Parameters(tf, this.#layers, values);
  }

  /** A sequence's input; of the kept steps only, unless `kept` is null. The caller disposes of it. */
  input(sequence: TrainingSequence, kept: readonly number[] | null): TowerInput {
    const { span, statistics } = this.format;
    const numSteps = kept?.length ?? sequence.numSteps;
    const tensor = (rows: Float32Array, numRows: number): Tensor2D =>
      this.#tf.tensor2d(rows, [numRows, rows.length / numRows]);
    const rows = tensor(inputRows(sequence, this.format, kept), span + numSteps);
    if (statistics === null || this.#layers.blocks[0]!.downsample !== null) {
      return new TowerInput(this.#tf, rows, span);
    }
    const raw = inputRows(sequence, { ...this.format, statistics: null, span: 0 }, kept);
    return new TowerInput(this.#tf, rows, span, tensor(raw, numSteps));
  }

  /** Raw outputs `[T, 15]`. */
  outputs(input: TowerInput, makeMask: MakeMask, which: WeightChoice = 'current'): Tensor2D {
    const { weights } = which === 'average' ? this.#averaged() : this.parameters;
    return towerOutputs(this.#tf, weights, input, makeMask);
  }

  /** Weights under the authors' names, for raw inputs; copies. */
  tensors(which: WeightChoice): TensorMap {
    const values = which === 'average' ? this.#meanValues() : this.parameters.download();
    return towerTensors(listParts(this.#layers), values, this.format.statistics);
  }

  /** Counts the present parameters into the mean. */
  collectAverage(): void {
    this.average.add(this.parameters.download());
    this.#forgetAveraged();
  }

  /** Makes the mean what it was. */
  restoreAverage(count: number, mean: ParameterValues): void {
    this.average.restore(count, mean);
    this.#forgetAveraged();
  }

  dispose(): void {
    this.parameters.dispose();
    this.#forgetAveraged();
  }

  /** The mean; the present parameters where nothing was counted into it. */
  #meanValues(): ParameterValues {
    return this.average.count > 0 ? this.average.mean : this.parameters.download();
  }

  #averaged(): Parameters {
    if (this.average.count === 0) return this.parameters;
    this.#averageParameters ??= new Parameters(this.#tf, this.#layers, this.average.mean);
    return this.#averageParameters;
  }

  #forgetAveraged(): void {
    this.#averageParameters?.dispose();
    this.#averageParameters = null;
  }
}

import type { Modality } from '../../core/media.js';
import type { TensorMap } from '../../model/weights/tensor.js';
import type { InputStatistics } from './input-statistics.js';

/** Widths and depth of the trained tower; see `uniformTowerSpec`, whose defaults are the paper's. */
export interface TrainedShape {
  readonly numChannels?: number;
  readonly numStacks?: number;
  readonly numLevels?: number;
  readonly kernelSize?: number;
  readonly numHidden?: number;
}

/** How a step changes the parameters: the paper's plain SGD (without momentum), or Adam with PyTorch's defaults. */
export interface OptimizerOptions {
  readonly kind: 'sgd' | 'adam';
  /** The paper's SGD: 5e-3. */
  readonly learningRate: number;
}

/**
 * Where training starts. Convolution weights are drawn from normal(0, 0.01) (`paper`) or by the width of their input
 * (`he`, with zero biases); linear layers, and the biases of `paper`, from PyTorch's default, uniform ±1/√fanIn.
 */
export type Initialisation = 'paper' | 'he';

/** What and how a `Trainer` trains. */
export interface TrainerOptions {
  readonly modality: Modality;
  /** Width of one embedding: 1280 (visual) or 2048 (audio). */
  readonly embeddingDim: number;
  /** Whether the timestamp in seconds is one more input, the last. */
  readonly position: boolean;
  readonly shape?: TrainedShape;
  /** Whether the blocks' conv1 and conv2 are trained as gain · direction / ‖direction‖ (Salimans & Kingma 2016). */
  readonly weightNorm?: boolean;
  /** Share of a block's activations that is set to zero in training, [0, 1); the paper's 0.3, 0.2 or 0. */
  readonly dropout?: number;
  /** Labels are multiplied by this for training, and predictions divided by it; the authors' later code has 10. */
  readonly labelScale?: number;
  /** SGD with 5e-3 unless told otherwise. */
  readonly optimizer?: OptimizerOptions;
  /** Videos of one step; each one's loss counts 1/accumulate. The paper: 32. */
  readonly accumulate?: number;
  /** Share of a sequence's steps that is left out at random whenever it is trained on, [0, 1). */
  readonly dropTimestamps?: number;
  /**
   * Whether the first layer is trained as one of inputs (x − mean) / std, so that one learning rate suits all columns. The
   * tower stays one of raw inputs: `tensors()` folds mean and std in. Needs `inputStatistics`.
   */
  readonly standardize?: boolean;
  readonly inputStatistics?: InputStatistics;
  readonly init?: Initialisation;
  /** All that is random follows from it. */
  readonly seed: string;
  /** Start from these weights of a tower, authors' names, instead of random ones. */
  readonly initialTensors?: TensorMap;
}

/** Which weights are asked for: the present ones, or the mean that `collectAverage` gathered (SWA). */
export type WeightChoice = 'current' | 'average';

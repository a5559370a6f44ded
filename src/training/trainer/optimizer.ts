import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import type { OptimizerOptions } from './options.js';

/** PyTorch's defaults. */
const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** One step of an optimizer. */
export interface OptimizerStep {
  readonly learningRate: number;
  /** 1 for the first. */
  readonly numStep: number;
}

/** Changes parameters by their gradients. Its slots are part of a snapshot: TensorFlow.js's own are not exact there. */
export interface Optimizer {
  /** Names that `slots` can have. */
  readonly slotNames: readonly string[];
  /** State by name: one tensor per parameter each, in the parameters' order; empty before the first update. */
  readonly slots: ReadonlyMap<string, readonly Tensor[]>;
  /** New values of all parameters, as new tensors. */
  update(parameters: readonly Tensor[], gradients: readonly Tensor[], step: OptimizerStep): Tensor[];
  /** Replaces the state by all slots or none; the tensors become the optimizer's. */
  setSlots(slots: ReadonlyMap<string, readonly Tensor[]>): void;
  dispose(): void;
}

/** The optimizer that was asked for. */
export function createOptimizer(tf: TensorFlow, kind: OptimizerOptions['kind']): Optimizer {
  return kind === 'sgd' ? new Sgd(tf) : new Adam(tf);
}

/** Plain gradient descent. */
class Sgd implements Optimizer {
  readonly slotNames = [];
  readonly slots: ReadonlyMap<string, readonly Tensor[]> = new Map();
  readonly #tf: TensorFlow;

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  update(
    parameters: readonly Tensor[],
    gradients: readonly Tensor[],
    { learningRate }: OptimizerStep,
  ): Tensor[] {
    const tf = this.#tf;
    return parameters.map((parameter, i) =>
      tf.tidy(() => tf.sub(parameter, tf.mul(gradients[i]!, learningRate))),
    );
  }

  setSlots(): void {}

  dispose(): void {}
}

/** Algorithm 1 of Kingma & Ba 2015. */
class Adam implements Optimizer {
  readonly slotNames = ['mean', 'square'];
  readonly #tf: TensorFlow;
  #mean: readonly Tensor[] = [];
  #square: readonly Tensor[] = [];

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  get slots(): ReadonlyMap<string, readonly Tensor[]> {
    if (this.#mean.length === 0) return new Map();
    return new Map([
      ['mean', this.#mean],
      ['square', this.#square],
    ]);
  }

  update(
    parameters: readonly Tensor[],
    gradients: readonly Tensor[],
    { learningRate, numStep }: OptimizerStep,
  ): Tensor[] {
    const tf = this.#tf;
    const mix = (old: Tensor | undefined, beta: number, value: Tensor) =>
      old === undefined ? tf.mul(value, 1 - beta) : tf.add(tf.mul(old, beta), tf.mul(value, 1 - beta));
    const mean = gradients.map((gradient, i) => tf.tidy(() => mix(this.#mean[i], BETA1, gradient)));
    const square = gradients.map((gradient, i) =>
      tf.tidy(() => mix(this.#square[i], BETA2, tf.square(gradient))),
    );
    this.#replace(mean, square);
    const stepSize = learningRate / (1 - BETA1 ** numStep);
    const correction = 1 / Math.sqrt(1 - BETA2 ** numStep);
    return parameters.map((parameter, i) =>
      tf.tidy(() => {
        const scale = tf.add(tf.mul(tf.sqrt(square[i]!), correction), EPSILON);
        return tf.sub(parameter, tf.mul(tf.div(mean[i]!, scale), stepSize));
      }),
    );
  }

  setSlots(slots: ReadonlyMap<string, readonly Tensor[]>): void {
    this.#replace(slots.get('mean') ?? [], slots.get('square') ?? []);
  }

  dispose(): void {
    this.#replace([], []);
  }

  #replace(mean: readonly Tensor[], square: readonly Tensor[]): void {
    for (const tensor of [...this.#mean, ...this.#square]) tensor.dispose();
    this.#mean = mean;
    this.#square = square;
  }
}

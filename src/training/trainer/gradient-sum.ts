import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';

/** Gradients of several videos, added up. */
export class GradientSum {
  readonly #tf: TensorFlow;
  #count = 0;
  #sums: readonly Tensor[] = [];

  constructor(tf: TensorFlow) {
    this.#tf = tf;
  }

  /** How many were added since the last `clear`. */
  get count(): number {
    return this.#count;
  }

  get sums(): readonly Tensor[] {
    return this.#sums;
  }

  /** Adds a video's; the tensors become this object's. */
  add(gradients: readonly Tensor[]): void {
    const previous = this.#sums;
    this.#sums =
      this.#count === 0 ? gradients : gradients.map((value, i) => this.#tf.add(previous[i]!, value));
    if (this.#count > 0) for (const tensor of [...previous, ...gradients]) tensor.dispose();
    this.#count++;
  }

  clear(): void {
    for (const tensor of this.#sums) tensor.dispose();
    this.#sums = [];
    this.#count = 0;
  }
}

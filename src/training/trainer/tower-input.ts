import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';

/** The rows that a tower reads, with the first block's padding in front: data, so nothing asks for their gradient. */
export class TowerInput {
  /** `[span + T, numInputs]`. */
  readonly rows: Tensor2D;
  /** Rows of padding. */
  readonly span: number;
  readonly #tf: TensorFlow;
  readonly #raw: Tensor2D | null;
  #across: Tensor2D | null = null;

  /** @param raw the steps before they were standardised, where they were and the residual path of the first block needs them */
  constructor(tf: TensorFlow, rows: Tensor2D, span: number, raw: Tensor2D | null = null) {
    this.#tf = tf;
    this.rows = rows;
    this.span = span;
    this.#raw = raw;
  }

  /** T. */
  get numSteps(): number {
    return this.rows.shape[0] - this.span;
  }

  /** `[T, numInputs]`, never standardised: what a first block without downsample adds to its output. */
  get steps(): Tensor2D {
    return this.#raw === null ? this.#tf.slice(this.rows, [this.span, 0]) : this.#tf.clone(this.#raw);
  }

  /** `[numInputs, span + T]`, made when it is first asked for: the rows are wide, and two layers read them. */
  get across(): Tensor2D {
    this.#across ??= this.#tf.keep(this.#tf.transpose(this.rows));
    return this.#across;
  }

  dispose(): void {
    this.rows.dispose();
    this.#raw?.dispose();
    this.#across?.dispose();
  }
}

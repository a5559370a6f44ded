import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';

/**
 * The paper's eq. 4: squared errors, mean over time, then over labels. An operation with a gradient of its own:
 * TensorFlow.js registers the gradients of its operations only in builds that Node cannot import.
 */
export function meanSquaredError(tf: TensorFlow, outputs: Tensor2D, labels: Tensor2D): Scalar {
  const loss = tf.customGrad((...args) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    const errors = tf.sub(outputs, labels);
    save([errors]);
    const value: Scalar = tf.mean(tf.square(errors));
    const gradFunc = (dy: Tensor, saved: Tensor[]) =>
      tf.tidy(() => tf.mul(saved[0]!, tf.mul(dy, 2 / errors.size)));
    return { value, gradFunc };
  });
  return loss(outputs);
}

import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import type { LayerWeights } from './layer-weights.js';
import type { DropoutMask } from './random-stream.js';
import { inputGradients, inputProduct, stepGradients, stepProduct } from './tap-products.js';
import { TowerInput } from './tower-input.js';

/** What follows a layer's product. */
export interface LayerUse {
  readonly relu: boolean;
  /** Dropout after the ReLU, `[T · outChannels]` factors. */
  readonly mask?: DropoutMask | null;
}

/**
 * A layer of a tower over time, `[T, inChannels]` → `[T, outChannels]`: causal convolution with zeros before the first step
 * (a tower's input brings its own padding), bias, ReLU, dropout. One operation with a gradient of its own: all that is kept
 * for the way back is what goes in and what comes out, and the products can be those that the backend is fast at.
 */
export function causalLayer(
  tf: TensorFlow,
  weights: LayerWeights,
  x: Tensor2D | TowerInput,
  use: LayerUse,
): Tensor2D {
  const { relu, mask = null } = use;
  const layer = tf.customGrad((...args) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    const value = tf.tidy(() => {
      let y = x instanceof TowerInput ? inputProduct(tf, weights, x) : stepProduct(tf, weights, x);
      if (weights.bias !== null) y = tf.add(y, weights.bias);
      if (relu) y = tf.relu(y);
      return mask === null ? y : tf.mul(y, tf.tensor2d(mask.factors, y.shape));
    });
    save(x instanceof TowerInput ? [value] : [value, x]);
    const backward = (dy: Tensor, [output, input]: Tensor[]): Tensor[] => {
      let dz = dy as Tensor2D;
      // What comes out is positive exactly where the ReLU and the dropout let it through.
      if (relu) dz = tf.mul(dz, tf.step(output!));
      if (mask !== null) dz = tf.mul(dz, mask.kept);
      return x instanceof TowerInput
        ? inputGradients(tf, weights, x, dz)
        : stepGradients(tf, weights, input as Tensor2D, dz);
    };
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => tf.tidy(() => backward(dy, saved)) };
  });
  return layer(...(x instanceof TowerInput ? [] : [x]), ...weights.trained) as Tensor2D;
}

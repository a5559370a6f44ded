import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import type { LayerWeights } from './layer-weights.js';
import type { DropoutMask } from './random-stream.js';

/** What follows a layer's product, and what is known of its input. */
export interface LayerUse {
  readonly relu: boolean;
  /** Dropout after the ReLU, `[T · outChannels]` factors. */
  readonly mask?: DropoutMask | null;
  /** The input is data: it has no gradient, and its padding is in it already. */
  readonly isInput?: boolean;
}

/**
 * A layer of a tower over time, `x` `[T, inChannels]` → `[T, outChannels]`: causal convolution with zeros before the first
 * step, bias, ReLU, dropout. One operation with a gradient of its own, for three reasons: the taps are gathered into one
 * large product, which is what the backend is fast at; no product needs a transposed argument (wasm is 50 times slower
 * there); and all that is kept for the way back is what goes in and what comes out.
 */
export function causalLayer(tf: TensorFlow, weights: LayerWeights, x: Tensor2D, use: LayerUse): Tensor2D {
  const { relu, mask = null, isInput = false } = use;
  const { shape, dilation } = weights.layer;
  const [outChannels, , kernelSize] = shape;
  const span = (kernelSize - 1) * dilation;
  const numSteps = isInput ? x.shape[0] - span : x.shape[0];
  const shifts = Array.from({ length: kernelSize }, (_, tap) => tap * dilation);
  const padded = (input: Tensor2D): Tensor2D => (isInput ? input : padRows(tf, input, span, 0));

  const forward = (): Tensor2D => {
    const past = padded(x);
    const taps = shifts.map((shift) => tf.slice(past, [shift, 0], [numSteps, -1]));
    let y: Tensor2D = tf.matMul(tf.concat(taps, 1), weights.matrix);
    if (weights.bias !== null) y = tf.add(y, weights.bias);
    if (relu) y = tf.relu(y);
    return mask === null ? y : tf.mul(y, tf.tensor2d(mask.factors, [numSteps, outChannels]));
  };

  const backward = (dy: Tensor, saved: Tensor[]): Tensor[] => {
    const [input, output] = saved as [Tensor2D, Tensor2D];
    let dz = dy as Tensor2D;
    // What comes out is positive exactly where the ReLU and the dropout let it through.
    if (relu) dz = tf.mul(dz, tf.step(output));
    if (mask !== null) dz = tf.mul(dz, mask.kept);
    const shifted = shifts.map((shift) => padRows(tf, dz, shift, span - shift));
    const inputAcross = tf.transpose(padded(input));
    const ofTaps = shifted.map((rows): Tensor2D => tf.matMul(inputAcross, rows));
    const gradients: Tensor[] = [tf.concat(ofTaps, 0)];
    if (weights.bias !== null) gradients.push(tf.sum(dz, 0));
    if (isInput) return gradients;
    const ofPadded: Tensor2D = tf.matMul(tf.concat(shifted, 1), weights.transposed);
    return [tf.slice(ofPadded, [span, 0]), ...gradients];
  };

  const layer = tf.customGrad((...args) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    const value = tf.tidy(forward);
    save([x, value]);
    return { value, gradFunc: (dy: Tensor, saved: Tensor[]) => tf.tidy(() => backward(dy, saved)) };
  });
  return isInput ? layer(...weights.trained) : layer(x, ...weights.trained);
}

function padRows(tf: TensorFlow, rows: Tensor2D, before: number, after: number): Tensor2D {
  if (before === 0 && after === 0) return rows;
  const padding: [number, number][] = [
    [before, after],
    [0, 0],
  ];
  return tf.pad(rows, padding);
}

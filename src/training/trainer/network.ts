import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import { causalLayer } from './causal-layer.js';
import type { LayerWeights } from './layer-weights.js';
import type { DropoutMask } from './random-stream.js';
import { TowerInput } from './tower-input.js';
import type { TowerParts } from './tower-layers.js';

/** Makes the dropout of one layer's output of `length` values; null for none. */
export type MakeMask = (length: number) => DropoutMask | null;

/** Raw outputs `[T, 15]` of a tower. */
export function towerOutputs(
  tf: TensorFlow,
  { blocks, hidden, labels }: TowerParts<LayerWeights>,
  input: TowerInput,
  makeMask: MakeMask,
): Tensor2D {
  let x: Tensor2D | TowerInput = input;
  for (const { conv1, conv2, downsample } of blocks) {
    const mask = () => makeMask(input.numSteps * conv1.layer.shape[0]);
    const inner = causalLayer(tf, conv1, x, { relu: true, mask: mask() });
    const outer = causalLayer(tf, conv2, inner, { relu: true, mask: mask() });
    const same: Tensor2D | null = downsample !== null ? null : x instanceof TowerInput ? x.steps : x;
    x = residualSum(tf, outer, same ?? causalLayer(tf, downsample!, x, { relu: false }));
  }
  return causalLayer(tf, labels, causalLayer(tf, hidden, x, { relu: true }), { relu: false });
}

/** The end of a block: relu(inner + residual). */
function residualSum(tf: TensorFlow, inner: Tensor2D, residual: Tensor2D): Tensor2D {
  const sum = tf.customGrad((...args) => {
    const save = args.at(-1) as (tensors: Tensor[]) => void;
    const value = tf.tidy(() => tf.relu(tf.add(inner, residual)));
    save([value]);
    const gradFunc = (dy: Tensor, saved: Tensor[]) => {
      const gradient = tf.tidy(() => tf.mul(dy, tf.step(saved[0]!)));
      // Each may be freed on its own.
      return [gradient, tf.clone(gradient)];
    };
    return { value, gradFunc };
  });
  return sum(inner, residual) as Tensor2D;
}

import type { InputStatistics } from './input-statistics.js';
import type { ConvShape } from './layout.js';

/** A convolution that reads the tower's input: weight `[out, in, kernelSize]` and bias `[out]`. */
export interface InputConv {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * A convolution of (x − mean) / std as the same one of raw x: weights over std, and −Σ weight · mean / std in the bias.
 * Exact only where padding is (0 − mean) / std, as `inputRows` pads.
 */
export function foldStatistics(conv: InputConv, shape: ConvShape, { mean, std }: InputStatistics): InputConv {
  return rescaled(
    conv,
    shape,
    (column) => 1 / std[column]!,
    (weight, column) => (-weight * mean[column]!) / std[column]!,
  );
}

/** The way back of `foldStatistics`. */
export function unfoldStatistics(
  conv: InputConv,
  shape: ConvShape,
  { mean, std }: InputStatistics,
): InputConv {
  return rescaled(
    conv,
    shape,
    (column) => std[column]!,
    (weight, column) => weight * mean[column]!,
  );
}

function rescaled(
  { weight, bias }: InputConv,
  [outChannels, inChannels, kernelSize]: ConvShape,
  factor: (column: number) => number,
  offset: (weight: number, column: number) => number,
): InputConv {
  const newWeight = new Float32Array(weight.length);
  const newBias = new Float32Array(outChannels);
  for (let out = 0, i = 0; out < outChannels; out++) {
    let total = bias[out]!;
    for (let column = 0; column < inChannels; column++) {
      const scale = factor(column);
      for (let tap = 0; tap < kernelSize; tap++, i++) {
        newWeight[i] = weight[i]! * scale;
        total += offset(weight[i]!, column);
      }
    }
    newBias[out] = total;
  }
  return { weight: newWeight, bias: newBias };
}

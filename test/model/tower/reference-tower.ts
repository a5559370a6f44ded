import type { ConvWeights, TowerWeights } from '../../../src/model/tower/weights.js';
import type { ConvSpec } from '../../../src/model/tower/spec.js';

type Matrix = number[][];

/** The tower as its definition reads, in float64 and with nothing clever; `x` is `[numSteps, numInputs]`. */
export function referenceTower(weights: TowerWeights, x: Float32Array): Float32Array {
  const { spec } = weights;
  const numSteps = x.length / spec.numInputs;
  let value: Matrix = Array.from({ length: numSteps }, (_, t) =>
    Array.from(x.subarray(t * spec.numInputs, (t + 1) * spec.numInputs)),
  );
  for (const [block, { conv1, conv2, hasDownsample }] of spec.blocks.entries()) {
    const hidden = relu(convolve(value, conv1, weights.conv(block, 'conv1')));
    const out = relu(convolve(hidden, conv2, weights.conv(block, 'conv2')));
    const oneByOne = {
      inChannels: conv1.inChannels,
      outChannels: conv2.outChannels,
      kernelSize: 1,
      dilation: 1,
    };
    const residual = hasDownsample ? convolve(value, oneByOne, weights.conv(block, 'downsample')) : value;
    value = relu(out.map((row, t) => row.map((entry, i) => entry + residual[t]![i]!)));
  }
  const hidden = relu(linear(value, weights.regression(0), spec.numHidden));
  return Float32Array.from(linear(hidden, weights.regression(1), spec.numLabels).flat());
}

function convolve(x: Matrix, spec: ConvSpec, { weight, bias }: ConvWeights): Matrix {
  const { inChannels, outChannels, kernelSize, dilation } = spec;
  return x.map((_, t) =>
    Array.from({ length: outChannels }, (_unused, out) => {
      let sum = bias[out]!;
      for (let tap = 0; tap < kernelSize; tap++) {
        const past = x[t - (kernelSize - 1 - tap) * dilation];
        if (past === undefined) continue;
        for (let i = 0; i < inChannels; i++) {
          sum += weight[(out * inChannels + i) * kernelSize + tap]! * past[i]!;
        }
      }
      return sum;
    }),
  );
}

function linear(x: Matrix, weight: Float32Array, numOutputs: number): Matrix {
  return x.map((row) =>
    Array.from({ length: numOutputs }, (_, out) =>
      row.reduce((sum, value, i) => sum + value * weight[out * row.length + i]!, 0),
    ),
  );
}

function relu(x: Matrix): Matrix {
  return x.map((row) => row.map((value) => Math.max(value, 0)));
}

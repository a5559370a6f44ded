/**
 * The authors' convolution weight `[outChannels, inChannels, kernelSize]` as the matrix that multiplies rows of gathered
 * taps, `[kernelSize · inChannels, outChannels]`, oldest tap first.
 */
export function toMatrix(
  weight: Float32Array,
  [outChannels, inChannels, kernelSize]: ConvShape,
): Float32Array {
  const matrix = new Float32Array(weight.length);
  let i = 0;
  for (let out = 0; out < outChannels; out++) {
    for (let channel = 0; channel < inChannels; channel++) {
      for (let tap = 0; tap < kernelSize; tap++) {
        matrix[(tap * inChannels + channel) * outChannels + out] = weight[i++]!;
      }
    }
  }
  return matrix;
}

/** The way back of `toMatrix`. */
export function fromMatrix(
  matrix: Float32Array,
  [outChannels, inChannels, kernelSize]: ConvShape,
): Float32Array {
  const weight = new Float32Array(matrix.length);
  let i = 0;
  for (let out = 0; out < outChannels; out++) {
    for (let channel = 0; channel < inChannels; channel++) {
      for (let tap = 0; tap < kernelSize; tap++) {
        weight[i++] = matrix[(tap * inChannels + channel) * outChannels + out]!;
      }
    }
  }
  return weight;
}

/** `[outChannels, inChannels, kernelSize]`; a linear layer has kernel size 1. */
export type ConvShape = readonly [outChannels: number, inChannels: number, kernelSize: number];

import { type ConvNormSpec, convNormShapes } from './conv-norm.js';
import { seededFloats } from './seeded.js';
import { float32Tensor, numElements, type Tensor } from './tensor.js';

/** Standard deviation of the uniform distribution over [-1, 1). */
const UNIFORM_STD = 1 / Math.sqrt(3);

/** How alike a depthwise filter is to a blur: random filters alone lose, layer by layer, what a picture shows. */
const BLUR_SHARE = 0.7;

/** How an untrained convolution and its BatchNorm come out. */
export interface SeededConvOptions {
  /** Standard deviation of the outputs, for inputs of mean square 1 that are not correlated. */
  readonly outputStd: number;
  /** Mean of the BatchNorm's shifts. */
  readonly shiftMean: number;
  /** Spread of the BatchNorm's shifts: what lets channels differ in how often they are active. */
  readonly shiftSpread: number;
}

/**
 * Untrained values for a convolution and its BatchNorm. Every 1x1 filter sums to zero: the activations before it have
 * positive means, which would otherwise drown what differs between two inputs. Depthwise filters are a blur, of either sign, with
 * some randomness.
 */
export function seededConvNorm(
  salt: string,
  spec: ConvNormSpec,
  { outputStd, shiftMean, shiftSpread }: SeededConvOptions,
): [name: string, tensor: Tensor][] {
  const [conv, scale, shift, mean, variance] = convNormShapes(spec) as [Shape, Shape, Shape, Shape, Shape];
  const numWeights = numElements(conv[1]);
  const fanIn = numWeights / spec.outChannels;
  const weights = seededFloats(salt, conv[0], numWeights, 1 / (UNIFORM_STD * Math.sqrt(fanIn)));
  if (spec.kernelSize === 1) centreFilters(weights, fanIn);
  if (spec.depthwise) blurFilters(weights, spec.kernelSize);
  const channels = spec.outChannels;
  return [
    [conv[0], float32Tensor(conv[1], weights)],
    [scale[0], float32Tensor(scale[1], seededFloats(salt, scale[0], channels, 0.1 * outputStd, outputStd))],
    [shift[0], float32Tensor(shift[1], seededFloats(salt, shift[0], channels, shiftSpread, shiftMean))],
    [mean[0], float32Tensor(mean[1], new Float32Array(channels))],
    [variance[0], float32Tensor(variance[1], new Float32Array(channels).fill(1))],
  ];
}

type Shape = [name: string, shape: readonly number[]];

/** Takes the mean out of each filter, in place. */
export function centreFilters(weights: Float32Array, fanIn: number): void {
  for (let start = 0; start < weights.length; start += fanIn) {
    const filter = weights.subarray(start, start + fanIn);
    let sum = 0;
    for (const weight of filter) sum += weight;
    for (let i = 0; i < fanIn; i++) filter[i] = filter[i]! - sum / fanIn;
  }
}

function blurFilters(weights: Float32Array, kernelSize: number): void {
  const blur = gaussian(kernelSize);
  for (let start = 0; start < weights.length; start += blur.length) {
    const share = weights[start]! < 0 ? -BLUR_SHARE : BLUR_SHARE;
    for (const [i, value] of blur.entries()) {
      weights[start + i] = (1 - BLUR_SHARE) * weights[start + i]! + share * value;
    }
  }
}

/** Peak 1, standard deviation a quarter of the kernel's size; decimals are fixed, as libraries differ in the last bit of exp. */
function gaussian(kernelSize: number): Float64Array {
  const centre = (kernelSize - 1) / 2;
  const variance = (kernelSize / 4) ** 2;
  return Float64Array.from({ length: kernelSize ** 2 }, (_, i) => {
    const squaredDistance = (Math.floor(i / kernelSize) - centre) ** 2 + ((i % kernelSize) - centre) ** 2;
    return Number(Math.exp(-squaredDistance / (2 * variance)).toFixed(6));
  });
}

import { seededUniform } from '../weights/seeded.js';
import { type ConvSpec, layerSpec, type TowerSpec } from './spec.js';
import type { TowerWeights } from './weights.js';

/** Standard deviation of the uniform distribution over [-1, 1). */
const UNIFORM_STD = 1 / Math.sqrt(3);
/** Lets channels differ in how often they are active. */
const BIAS_SCALE = 0.1;
/** What an embedding is multiplied by: from segment to segment a trained extractor's values change by about 0.1 to 0.3. */
const INPUT_GAIN = 3;
/** How alike the taps of a filter are: close to 1 a block averages over time, and slow movement comes to outweigh fast. */
const SHARED_BY_TAPS = 0.95;
/** Brings the labels' movement to about 0.12 on the built-in film; found by trying. */
const LABEL_GAIN = 0.06;
/** Brings the labels' mean to about 0.5 on the built-in film; found by trying. */
const LABEL_OFFSET = 0.26;
/** What the timestamp adds to a channel after two minutes, where the embedding's share is around 0.5. */
const POSITION_SHARE_PER_SECOND = 0.25 / 120;

/**
 * Untrained weights for a tower, all from `seed`. They are made up: nothing in them comes from data. Chosen so that outputs
 * move with the input: filters sum to zero, so that the constant part of what they read does not drown what
 * changes; the taps of a filter are alike, so that there is slow movement beside the fast; the last layer's offset keeps
 * labels around 0.5 (there is no bias that could). Where the spec has one more input than `embeddingDim`, the last one is
 * the timestamp in seconds, and counts little.
 *
 * One array serves all calls, so that loading needs no more than a layer's memory.
 */
export function seededTowerWeights(seed: string, spec: TowerSpec, embeddingDim: number): TowerWeights {
  let scratch = new Float32Array(0);
  const take = (length: number): Float32Array => {
    if (scratch.length < length) scratch = new Float32Array(length);
    return scratch.subarray(0, length);
  };
  return {
    spec,
    conv(block, layer) {
      const conv = layerSpec(spec.blocks[block]!, layer);
      const name = `${seed}/block.${block}.${layer}`;
      const readsInput = block === 0 && layer !== 'conv2';
      const numCentred = readsInput ? embeddingDim : conv.inChannels;
      const weight = take(conv.outChannels * conv.inChannels * conv.kernelSize);
      fillFilters(weight, name, conv, numCentred, readsInput ? INPUT_GAIN : 1);
      const next = seededUniform(name, 'bias');
      const bias = Float32Array.from({ length: conv.outChannels }, () => BIAS_SCALE * next());
      return { weight, bias };
    },
    regression(index) {
      const name = `${seed}/regression.${index}`;
      const inChannels = index === 0 ? spec.blocks.at(-1)!.conv2.outChannels : spec.numHidden;
      const { numHidden } = spec;
      const outChannels = index === 0 ? numHidden : spec.numLabels;
      const weight = take(outChannels * inChannels);
      const linear = { outChannels, inChannels, kernelSize: 1, dilation: 1 };
      fillFilters(weight, name, linear, inChannels, index === 0 ? 1 : LABEL_GAIN);
      if (index === 1)
        for (let i = 0; i < weight.length; i++) weight[i] = weight[i]! + LABEL_OFFSET / numHidden;
      return weight;
    },
  };
}

/**
 * Fills `[outChannels, inChannels, kernelSize]`. The first `numCentred` inputs get filters that sum to zero and keep the
 * variance of inputs that are not correlated; the rest (the timestamp) get a small weight.
 */
function fillFilters(
  weight: Float32Array,
  name: string,
  { outChannels, inChannels, kernelSize }: ConvSpec,
  numCentred: number,
  gain: number,
): void {
  const next = seededUniform(name, 'weight');
  const rowLength = inChannels * kernelSize;
  const centredLength = numCentred * kernelSize;
  const own = Math.sqrt(1 - SHARED_BY_TAPS ** 2);
  const scale = gain / (UNIFORM_STD * Math.sqrt(centredLength));
  const positionScale = POSITION_SHARE_PER_SECOND / (UNIFORM_STD * Math.sqrt(kernelSize));
  for (let out = 0; out < outChannels; out++) {
    const start = out * rowLength;
    let sum = 0;
    for (let i = 0; i < centredLength; i += kernelSize) {
      const shared = SHARED_BY_TAPS * next();
      for (let tap = 0; tap < kernelSize; tap++) {
        const value = scale * (shared + own * next());
        weight[start + i + tap] = value;
        sum += value;
      }
    }
    const mean = sum / centredLength;
    for (let i = 0; i < centredLength; i++) weight[start + i] = weight[start + i]! - mean;
    for (let i = centredLength; i < rowLength; i++) weight[start + i] = positionScale * next();
  }
}

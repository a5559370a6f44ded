import { seededFloats } from '../weights/seeded.js';
import { numElements, type Tensor, type TensorMap } from '../weights/tensor.js';
import type { ConvSpec, TowerSpec } from './spec.js';
import { downsampleSpec } from './weights.js';

/** Standard deviation of the uniform distribution over [-1, 1). */
const UNIFORM_STD = 1 / Math.sqrt(3);
/**
 * Share of a filter's weights in the timestamp's weights, per second: two minutes then move a channel no more than the
 * embedding does.
 */
const POSITION_SHARE = 0.2 / 120;

/**
 * Untrained weights for a tower, all from `seed`, under the authors' names. They are made up: nothing in them comes from
 * data. Chosen so that the outputs move with the input (filters sum to zero, so that the constant part of the embeddings
 * does not drown what changes; variances are kept from layer to layer) and are around 0.5 (the last layer has a positive
 * mean). The last input is taken to be the timestamp in seconds.
 *
 * A tensor's values are made anew each time `data` is read, so that 64 MB are not held for a layer at a time.
 */
export function seededTowerTensors(seed: string, spec: TowerSpec): TensorMap {
  const tensors = new Map<string, Tensor>();
  const put = (name: string, shape: readonly number[], make: () => Float32Array): void => {
    tensors.set(name, {
      dtype: 'F32',
      shape,
      get data() {
        return make();
      },
    });
  };
  const putConv = (name: string, conv: ConvSpec, hasPosition: boolean): void => {
    const shape = [conv.outChannels, conv.inChannels, conv.kernelSize];
    put(`${name}.weight`, shape, () => convWeight(seed, `${name}.weight`, conv, hasPosition));
    put(`${name}.bias`, [conv.outChannels], () => seededFloats(seed, `${name}.bias`, conv.outChannels, 0.3));
  };
  let stack = -1;
  let level = 0;
  for (const [index, block] of spec.blocks.entries()) {
    if (block.conv1.dilation === 1) stack++;
    level = block.conv1.dilation === 1 ? 0 : level + 1;
    const base = `temporal_seeded.${stack}.network.${level}`;
    putConv(`${base}.conv1`, block.conv1, index === 0);
    putConv(`${base}.conv2`, block.conv2, false);
    if (block.hasDownsample) putConv(`${base}.downsample`, downsampleSpec(block), index === 0);
  }
  const channels = spec.blocks.at(-1)!.conv2.outChannels;
  const { numHidden, numLabels } = spec;
  put('regression_seeded.0.weight', [numHidden, channels], () => {
    const conv = { outChannels: numHidden, inChannels: channels, kernelSize: 1, dilation: 1 };
    return convWeight(seed, 'regression_seeded.0.weight', conv, false);
  });
  put('regression_seeded.2.weight', [numLabels, numHidden], () => {
    const length = numElements([numLabels, numHidden]);
    return seededFloats(seed, 'regression_seeded.2.weight', length, 1, 0);
  });
  return tensors;
}

/** Filters that sum to zero and keep the variance of inputs that are not correlated. */
function convWeight(seed: string, name: string, conv: ConvSpec, hasPosition: boolean): Float32Array {
  const { outChannels, inChannels, kernelSize } = conv;
  const fanIn = inChannels * kernelSize;
  const scale = 1 / (UNIFORM_STD * Math.sqrt(fanIn));
  const weight = seededFloats(seed, name, outChannels * fanIn, scale);
  for (let out = 0; out < outChannels; out++) {
    const filter = weight.subarray(out * fanIn, (out + 1) * fanIn);
    if (hasPosition) {
      const share = POSITION_SHARE * Math.sqrt(inChannels);
      const first = (inChannels - 1) * kernelSize;
      for (let i = first; i < fanIn; i++) filter[i] = filter[i]! * share;
    }
    const embedding = filter.subarray(0, hasPosition ? (inChannels - 1) * kernelSize : fanIn);
    let sum = 0;
    for (const value of embedding) sum += value;
    const mean = sum / embedding.length;
    for (let i = 0; i < embedding.length; i++) embedding[i] = embedding[i]! - mean;
  }
  return weight;
}

import { EvokedError } from '../../core/errors.js';
import { requireFloats, type Tensor, type TensorMap } from '../weights/tensor.js';
import { type ConvPart, towerTensorRole } from './names.js';
import {
  type BlockSpec,
  type ConvLayer,
  type ConvSpec,
  layerSpec,
  levelDilation,
  type TowerSpec,
} from './spec.js';

/** Weight `[outChannels, inChannels, kernelSize]`, oldest tap first, and bias `[outChannels]`. */
export interface ConvWeights {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A tower's shape and a way to its weights. What a call gives is valid until the next call. */
export interface TowerWeights {
  readonly spec: TowerSpec;
  conv(block: number, layer: ConvLayer): ConvWeights;
  /** Weight of the first (`[numHidden, channels]`) or second (`[numLabels, numHidden]`) linear layer. */
  regression(index: 0 | 1): Float32Array;
}

type LayerNames = Map<ConvPart, string>;
type BlockNames = Map<ConvLayer, LayerNames>;

/**
 * Reads the shape of a tower off tensors with the authors' names (see `towerTensorRole`); any widths, stacks, levels,
 * kernel sizes and numbers of labels. Tensors of other modules are passed over; a name under a tower's prefix
 * that no tower has is an error.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function towerWeights(tensors: TensorMap): TowerWeights {
  const { blocks, regression } = sortNames(tensors);
  const specs = blocks.map(({ level, layers }) => blockSpec(tensors, layers, level));
  const first = specs[0] ?? fail('weights hold no temporal module', 'temporal_….0.network.0.conv1.weight');
  let channels = first.conv1.inChannels;
  for (const [index, block] of specs.entries()) {
    checkWidths(block, channels, index);
    channels = block.conv2.outChannels;
  }
  const [hidden, labels] = [regression.get(0), regression.get(2)];
  if (hidden === undefined || labels === undefined) {
    return fail('weights hold no regression module', 'regression_….0.weight and regression_….2.weight');
  }
  const numHidden = dimension(tensors, hidden, 0, 2);
  const numLabels = dimension(tensors, labels, 0, 2);
  return {
    spec: { numInputs: first.conv1.inChannels, blocks: specs, numHidden, numLabels },
    conv(block, layer) {
      const names = blocks[block]?.layers.get(layer) ?? fail(`block ${block} has no ${layer}`, layer);
      const { inChannels, outChannels, kernelSize } = layerSpec(specs[block]!, layer);
      const shape = [outChannels, inChannels, kernelSize];
      return {
        weight: convWeight(tensors, names, shape),
        bias: requireFloats(tensors, names.get('bias')!, [outChannels]),
      };
    },
    regression(index) {
      if (index === 0) return requireFloats(tensors, hidden, [numHidden, channels]);
      return requireFloats(tensors, labels, [numLabels, numHidden]);
    },
  };
}

function sortNames(tensors: TensorMap): {
  blocks: { level: number; layers: BlockNames }[];
  regression: Map<0 | 2, string>;
} {
  const stacks: BlockNames[][] = [];
  const regression = new Map<0 | 2, string>();
  const features = new Set<string>();
  for (const name of tensors.keys()) {
    const role = towerTensorRole(name);
    if (role.type === 'unknown') fail(`tensor "${name}" belongs to no part of a tower`, 'the authors’ names');
    if (role.type === 'other' || role.type === 'alias') continue;
    features.add(role.feature);
    if (role.type === 'regression') regression.set(role.index, name);
    else {
      const blocks = (stacks[role.stack] ??= []);
      const layers: BlockNames = (blocks[role.level] ??= new Map<ConvLayer, LayerNames>());
      const parts: LayerNames = layers.get(role.layer) ?? new Map<ConvPart, string>();
      layers.set(role.layer, parts.set(role.part, name));
    }
  }
  if (features.size > 1) fail('weights hold more than one tower', 'one', [...features].join(', '));
  const blocks: { level: number; layers: BlockNames }[] = [];
  // Array.from turns holes into undefined, so that a missing stack or level is seen.
  for (const [stack, levels] of Array.from(stacks).entries()) {
    if (levels === undefined) fail(`stack ${stack} is missing`, 'stacks without a hole');
    for (const [level, layers] of Array.from(levels).entries()) {
      if (layers === undefined) fail(`block ${level} of stack ${stack} is missing`, 'blocks without a hole');
      blocks.push({ level, layers });
    }
  }
  return { blocks, regression };
}

function blockSpec(tensors: TensorMap, layers: BlockNames, level: number): BlockSpec {
  const conv = (layer: 'conv1' | 'conv2'): ConvSpec => {
    const names = layers.get(layer) ?? fail(`a block has no ${layer}`, 'conv1 and conv2 in every block');
    const weight =
      names.get('weight') ?? names.get('direction') ?? fail(`a ${layer} has no weight`, 'weight');
    if (!names.has('bias')) fail(`${weight} has no bias beside it`, 'a bias for every convolution');
    const [outChannels, inChannels, kernelSize] = [0, 1, 2].map((axis) =>
      dimension(tensors, weight, axis, 3),
    ) as [number, number, number];
    return { inChannels, outChannels, kernelSize, dilation: levelDilation(level) };
  };
  const downsample = layers.get('downsample');
  if (downsample !== undefined && !(downsample.has('weight') && downsample.has('bias'))) {
    fail('a downsample convolution is not whole', 'weight and bias');
  }
  return { conv1: conv('conv1'), conv2: conv('conv2'), hasDownsample: downsample !== undefined };
}

function checkWidths(block: BlockSpec, channels: number, index: number): void {
  const { conv1, conv2, hasDownsample } = block;
  if (conv1.inChannels !== channels || conv2.inChannels !== conv1.outChannels) {
    const got = `conv1 ${conv1.inChannels} → ${conv1.outChannels}, conv2 from ${conv2.inChannels}`;
    fail(`widths of block ${index} do not fit together`, `conv1 from ${channels}`, got);
  }
  if (channels !== conv2.outChannels && !hasDownsample) {
    fail(`block ${index} changes the width without a downsample convolution`, 'downsample.weight');
  }
}

/** A convolution's weight, with weight normalisation folded in: `gain · direction / ‖direction‖` per output channel. */
function convWeight(tensors: TensorMap, names: LayerNames, shape: readonly number[]): Float32Array {
  const plain = names.get('weight');
  if (plain !== undefined) return requireFloats(tensors, plain, shape);
  const [gainName, directionName] = [names.get('gain'), names.get('direction')];
  if (gainName === undefined || directionName === undefined) {
    return fail('a weight-normalised convolution is not whole', 'weight_g and weight_v');
  }
  const [numRows, ...rest] = shape as [number, ...number[]];
  const gain = requireFloats(tensors, gainName, [numRows, 1, 1]);
  const weight = requireFloats(tensors, directionName, shape).slice();
  const rowLength = rest.reduce((product, size) => product * size, 1);
  for (let row = 0; row < numRows; row++) {
    const values = weight.subarray(row * rowLength, (row + 1) * rowLength);
    let sumOfSquares = 0;
    for (const value of values) sumOfSquares += value * value;
    const scale = gain[row]! / Math.sqrt(sumOfSquares);
    for (let i = 0; i < rowLength; i++) values[i] = values[i]! * scale;
  }
  return weight;
}

function dimension(tensors: TensorMap, name: string, axis: number, rank: number): number {
  const tensor: Tensor = tensors.get(name) ?? fail(`tensor "${name}" is missing`, `${rank} dimensions`);
  const size = tensor.shape[axis];
  if (tensor.shape.length !== rank || size === undefined || size < 1) {
    return fail(`tensor "${name}" has the wrong shape`, `${rank} dimensions`, `[${tensor.shape.join(', ')}]`);
  }
  return size;
}

function fail(what: string, expected: string, got?: string): never {
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what, expected, ...(got === undefined ? {} : { got }) });
}

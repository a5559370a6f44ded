import { NUM_LABELS } from '../../core/labels.js';

/** One causal convolution over time: `out[t] = bias + Σ_tap weight[tap] · in[t − tap·dilation]`. */
export interface ConvSpec {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  /** In steps. */
  readonly dilation: number;
}

/** Two convolutions with ReLU, and a residual path: the input itself, or a 1x1 convolution of it. */
export interface BlockSpec {
  readonly conv1: ConvSpec;
  readonly conv2: ConvSpec;
  readonly hasDownsample: boolean;
}

/** Shape of one tower: residual blocks in order, then Linear → ReLU → Linear without biases. */
export interface TowerSpec {
  /** Width of one input row: the embedding, and one more where the tower sees the timestamp. */
  readonly numInputs: number;
  readonly blocks: readonly BlockSpec[];
  readonly numHidden: number;
  readonly numLabels: number;
}

/** A tower whose blocks all have the same width; the defaults are the paper's. */
export interface UniformTowerShape {
  readonly numInputs: number;
  readonly numChannels?: number;
  readonly numStacks?: number;
  /** Blocks of a stack; block `l` has dilation 2^l. */
  readonly numLevels?: number;
  readonly kernelSize?: number;
  readonly numHidden?: number;
  readonly numLabels?: number;
}

/** Dilation of block `level` of a stack, in steps; it is nowhere in the weights. */
export function levelDilation(level: number): number {
  return 2 ** level;
}

/** The spec of a tower of this shape; 2 stacks x 4 blocks of 512 channels with kernel 3 unless told otherwise. */
export function uniformTowerSpec(shape: UniformTowerShape): TowerSpec {
  const { numInputs, numChannels = 512, numStacks = 2, numLevels = 4, kernelSize = 3 } = shape;
  const blocks: BlockSpec[] = [];
  let inChannels = numInputs;
  for (let stack = 0; stack < numStacks; stack++) {
    for (let level = 0; level < numLevels; level++) {
      const conv = { outChannels: numChannels, kernelSize, dilation: levelDilation(level) };
      blocks.push({
        conv1: { ...conv, inChannels },
        conv2: { ...conv, inChannels: numChannels },
        hasDownsample: inChannels !== numChannels,
      });
      inChannels = numChannels;
    }
  }
  return { numInputs, blocks, numHidden: shape.numHidden ?? 128, numLabels: shape.numLabels ?? NUM_LABELS };
}

/** The convolutions with taps, in order of execution: conv1 and conv2 of each block. */
export function towerConvs(spec: TowerSpec): readonly ConvSpec[] {
  return spec.blocks.flatMap((block) => [block.conv1, block.conv2]);
}

/** Steps back that a convolution's oldest tap reads: `(kernelSize − 1) · dilation`. */
export function convSpan(conv: ConvSpec): number {
  return (conv.kernelSize - 1) * conv.dilation;
}

/** Number of steps that one score depends on, itself included; 121 at the paper's size. */
export function receptiveField(spec: TowerSpec): number {
  return towerConvs(spec).reduce((steps, conv) => steps + convSpan(conv), 1);
}

/** Number of values in all weight matrices of a tower, biases not counted: 14.4 million at the paper's visual size. */
export function numWeights({ blocks, numHidden, numLabels }: TowerSpec): number {
  const ofConv = ({ inChannels, outChannels, kernelSize }: ConvSpec) => inChannels * outChannels * kernelSize;
  const ofBlocks = blocks.reduce((total, block) => {
    const downsample = block.hasDownsample ? ofConv(downsampleSpec(block)) : 0;
    return total + ofConv(block.conv1) + ofConv(block.conv2) + downsample;
  }, 0);
  return ofBlocks + numHidden * (blocks.at(-1)!.conv2.outChannels + numLabels);
}

/** The 1x1 convolution on a block's residual path. */
export function downsampleSpec(block: BlockSpec): ConvSpec {
  const { inChannels } = block.conv1;
  return { inChannels, outChannels: block.conv2.outChannels, kernelSize: 1, dilation: 1 };
}

/** One convolution of a block. */
export type ConvLayer = 'conv1' | 'conv2' | 'downsample';

/** The shape of one convolution of a block. */
export function layerSpec(block: BlockSpec, layer: ConvLayer): ConvSpec {
  return layer === 'downsample' ? downsampleSpec(block) : block[layer];
}

import type { Modality } from '../../core/media.js';
import { type ConvLayer, layerSpec, type TowerSpec } from '../../model/tower/spec.js';
import type { ConvShape } from './layout.js';

/** One layer with weights of a tower. */
export interface TowerLayer {
  /** The authors' name without the tensor's: `temporal_audio.0.network.0.conv1`, `regression_audio.2`. */
  readonly name: string;
  readonly shape: ConvShape;
  /** In steps. */
  readonly dilation: number;
  readonly hasBias: boolean;
  readonly hasWeightNorm: boolean;
  /** Whether it reads the tower's input: the first block's conv1 and downsample. */
  readonly readsInput: boolean;
}

/** The layers of a block; without `downsample` the residual path is the block's input itself. */
export interface BlockLayers<L> {
  readonly conv1: L;
  readonly conv2: L;
  readonly downsample: L | null;
}

/** What belongs to each layer of a tower: descriptions, weights. */
export interface TowerParts<L> {
  readonly blocks: readonly BlockLayers<L>[];
  readonly hidden: L;
  readonly labels: L;
}

/** The layers of a tower with the authors' names; `numLevels` blocks make a stack. */
export function towerLayers(
  spec: TowerSpec,
  { modality, numLevels, weightNorm }: { modality: Modality; numLevels: number; weightNorm: boolean },
): TowerParts<TowerLayer> {
  const blocks = spec.blocks.map((block, index): BlockLayers<TowerLayer> => {
    const place = `${Math.floor(index / numLevels)}.network.${index % numLevels}`;
    const layer = (part: ConvLayer): TowerLayer => {
      const { outChannels, inChannels, kernelSize, dilation } = layerSpec(block, part);
      return {
        name: `temporal_${modality}.${place}.${part}`,
        shape: [outChannels, inChannels, kernelSize],
        dilation,
        hasBias: true,
        hasWeightNorm: weightNorm && part !== 'downsample',
        readsInput: index === 0 && part !== 'conv2',
      };
    };
    const downsample = block.hasDownsample ? layer('downsample') : null;
    return { conv1: layer('conv1'), conv2: layer('conv2'), downsample };
  });
  const linear = (index: 0 | 2, outChannels: number, inChannels: number): TowerLayer => ({
    name: `regression_${modality}.${index}`,
    shape: [outChannels, inChannels, 1],
    ...{ dilation: 1, hasBias: false, hasWeightNorm: false, readsInput: false },
  });
  const { numHidden, numLabels } = spec;
  const channels = spec.blocks.at(-1)!.conv2.outChannels;
  return { blocks, hidden: linear(0, numHidden, channels), labels: linear(2, numLabels, numHidden) };
}

/** All parts in order of execution: conv1, conv2, downsample of each block, then the linear layers. */
export function listParts<L>({ blocks, hidden, labels }: TowerParts<L>): L[] {
  const ofBlocks = blocks.flatMap(({ conv1, conv2, downsample }) =>
    downsample === null ? [conv1, conv2] : [conv1, conv2, downsample],
  );
  return [...ofBlocks, hidden, labels];
}

/** The same tower with something else for each layer. */
export function mapParts<L, M>(
  { blocks, hidden, labels }: TowerParts<L>,
  make: (layer: L) => M,
): TowerParts<M> {
  return {
    blocks: blocks.map(({ conv1, conv2, downsample }) => ({
      conv1: make(conv1),
      conv2: make(conv2),
      downsample: downsample === null ? null : make(downsample),
    })),
    hidden: make(hidden),
    labels: make(labels),
  };
}

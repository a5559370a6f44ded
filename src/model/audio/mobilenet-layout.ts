import { type ConvNormSpec, convNormShapes } from '../weights/conv-norm.js';

/** Depthwise then pointwise convolution, each with BatchNorm and ReLU6. */
export interface SeparableSpec {
  readonly depthwise: ConvNormSpec;
  readonly pointwise: ConvNormSpec;
}

/** The audio network up to its embedding. */
export interface MobileNetLayout {
  readonly stem: ConvNormSpec;
  readonly blocks: readonly SeparableSpec[];
  /** Channels after the last block, which global pooling leaves. */
  readonly pooledChannels: number;
}

/** Values of one audio embedding. */
export const AUDIO_DIM = 2048;
/** The dense layer after pooling: `embedding.weight` `[2048, pooledChannels]` and `embedding.bias` `[2048]`. */
export const EMBEDDING_LAYER = 'embedding';

const STEM_CHANNELS = 32;

/** Table 1 of the MobileNet paper (Howard et al., 2017), from the first separable convolution to the last. */
const BLOCKS = [
  { channels: 64, stride: 1 },
  { channels: 128, stride: 2 },
  { channels: 128, stride: 1 },
  { channels: 256, stride: 2 },
  { channels: 256, stride: 1 },
  { channels: 512, stride: 2 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 512, stride: 1 },
  { channels: 1024, stride: 2 },
  { channels: 1024, stride: 1 },
] as const;

/** MobileNet at full width on one input channel: 3.2 M weights, and 2.1 M in the dense layer. */
export function mobileNetLayout(): MobileNetLayout {
  let inChannels = STEM_CHANNELS;
  const blocks = BLOCKS.map(({ channels, stride }, i) => {
    const name = `blocks.${i}`;
    const block = {
      depthwise: convNorm(`${name}.depthwise`, inChannels, inChannels, { stride, depthwise: true }),
      pointwise: convNorm(`${name}.pointwise`, inChannels, channels, { kernelSize: 1 }),
    };
    inChannels = channels;
    return block;
  });
  return { stem: convNorm('stem', 1, STEM_CHANNELS, { stride: 2 }), blocks, pooledChannels: inChannels };
}

/** Every convolution with BatchNorm, from the input on. */
export function mobileNetConvNorms({ stem, blocks }: MobileNetLayout): ConvNormSpec[] {
  return [stem, ...blocks.flatMap(({ depthwise, pointwise }) => [depthwise, pointwise])];
}

/** Every tensor that the network reads, with its shape. */
export function mobileNetShapes(layout: MobileNetLayout): Map<string, readonly number[]> {
  return new Map([
    ...mobileNetConvNorms(layout).flatMap(convNormShapes),
    [`${EMBEDDING_LAYER}.weight`, [AUDIO_DIM, layout.pooledChannels]],
    [`${EMBEDDING_LAYER}.bias`, [AUDIO_DIM]],
  ]);
}

function convNorm(
  name: string,
  inChannels: number,
  outChannels: number,
  { kernelSize = 3, stride = 1, depthwise = false },
): ConvNormSpec {
  const [conv, norm] = [`${name}.conv`, `${name}.norm`];
  return { conv, norm, inChannels, outChannels, kernelSize, stride, depthwise };
}

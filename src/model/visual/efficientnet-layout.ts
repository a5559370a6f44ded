import { type ConvNormSpec, convNormShapes } from '../weights/conv-norm.js';

/** Squeeze-and-excite of one block: 1x1 convolutions with bias around the pooled channels. */
export interface SqueezeSpec {
  /** Tensors `<name>.conv_reduce.{weight,bias}` and `<name>.conv_expand.{weight,bias}`. */
  readonly name: string;
  readonly channels: number;
  readonly reducedChannels: number;
}

/** One MBConv block: expand (absent in the first), depthwise, squeeze-excite, project. */
export interface BlockSpec {
  readonly name: string;
  readonly expand: ConvNormSpec | null;
  readonly depthwise: ConvNormSpec;
  readonly squeeze: SqueezeSpec;
  readonly project: ConvNormSpec;
  /** The block's input is added to its output. */
  readonly residual: boolean;
}

/** All of EfficientNet-B0 up to the global pooling. */
export interface EfficientNetLayout {
  readonly stem: ConvNormSpec;
  readonly blocks: readonly BlockSpec[];
  readonly head: ConvNormSpec;
}

/** Values of one visual embedding. */
export const VISUAL_DIM = 1280;

const STEM_CHANNELS = 32;

/** Table 1 of the EfficientNet paper (Tan and Le, 2019). */
const STAGES = [
  { numBlocks: 1, kernelSize: 3, stride: 1, expansion: 1, channels: 16 },
  { numBlocks: 2, kernelSize: 3, stride: 2, expansion: 6, channels: 24 },
  { numBlocks: 2, kernelSize: 5, stride: 2, expansion: 6, channels: 40 },
  { numBlocks: 3, kernelSize: 3, stride: 2, expansion: 6, channels: 80 },
  { numBlocks: 3, kernelSize: 5, stride: 1, expansion: 6, channels: 112 },
  { numBlocks: 4, kernelSize: 5, stride: 2, expansion: 6, channels: 192 },
  { numBlocks: 1, kernelSize: 3, stride: 1, expansion: 6, channels: 320 },
] as const;

/** EfficientNet-B0 with timm's tensor names. */
export function efficientNetLayout(): EfficientNetLayout {
  const blocks: BlockSpec[] = [];
  let inChannels = STEM_CHANNELS;
  for (const [stageIndex, stage] of STAGES.entries()) {
    for (let i = 0; i < stage.numBlocks; i++) {
      const name = `blocks.${stageIndex}.${i}`;
      const options = { ...stage, stride: i === 0 ? stage.stride : 1 };
      blocks.push(blockSpec(name, inChannels, options));
      inChannels = stage.channels;
    }
  }
  const stem = convNorm('conv_stem', 'bn1', 3, STEM_CHANNELS, { kernelSize: 3, stride: 2 });
  return { stem, blocks, head: convNorm('conv_head', 'bn2', inChannels, VISUAL_DIM) };
}

/** Every convolution with BatchNorm, from the input on. */
export function efficientNetConvNorms({ stem, blocks, head }: EfficientNetLayout): ConvNormSpec[] {
  const inside = blocks.flatMap(({ expand, depthwise, project }) =>
    expand === null ? [depthwise, project] : [expand, depthwise, project],
  );
  return [stem, ...inside, head];
}

/** Every tensor that the network reads, with its shape. */
export function efficientNetShapes(layout: EfficientNetLayout): Map<string, readonly number[]> {
  const shapes = new Map(convNormShapes(layout.stem));
  const add = (entries: [string, readonly number[]][]) => entries.forEach((entry) => shapes.set(...entry));
  for (const { expand, depthwise, squeeze, project } of layout.blocks) {
    if (expand !== null) add(convNormShapes(expand));
    add(convNormShapes(depthwise));
    add(squeezeShapes(squeeze));
    add(convNormShapes(project));
  }
  add(convNormShapes(layout.head));
  return shapes;
}

/** Names and shapes of the four tensors of a squeeze-and-excite. */
export function squeezeShapes(squeeze: SqueezeSpec): [name: string, shape: readonly number[]][] {
  const { name, channels, reducedChannels } = squeeze;
  return [
    [`${name}.conv_reduce.weight`, [reducedChannels, channels, 1, 1]],
    [`${name}.conv_reduce.bias`, [reducedChannels]],
    [`${name}.conv_expand.weight`, [channels, reducedChannels, 1, 1]],
    [`${name}.conv_expand.bias`, [channels]],
  ];
}

interface BlockOptions {
  readonly kernelSize: number;
  readonly stride: number;
  readonly expansion: number;
  readonly channels: number;
}

function blockSpec(name: string, inChannels: number, options: BlockOptions): BlockSpec {
  const { kernelSize, stride, expansion, channels } = options;
  const wide = inChannels * expansion;
  // timm numbers a block's convolutions by their place, so the names shift where there is no expansion.
  const expands = expansion > 1;
  const [dwNorm, projectConv, projectNorm] = expands ? ['bn2', 'conv_pwl', 'bn3'] : ['bn1', 'conv_pw', 'bn2'];
  return {
    name,
    expand: expands ? convNorm(`${name}.conv_pw`, `${name}.bn1`, inChannels, wide) : null,
    depthwise: convNorm(`${name}.conv_dw`, `${name}.${dwNorm}`, wide, wide, {
      kernelSize,
      stride,
      depthwise: true,
    }),
    // Reduced by four from the block's own input, not from the expanded width.
    squeeze: { name: `${name}.se`, channels: wide, reducedChannels: Math.floor(inChannels / 4) },
    project: convNorm(`${name}.${projectConv}`, `${name}.${projectNorm}`, wide, channels),
    residual: stride === 1 && inChannels === channels,
  };
}

function convNorm(
  conv: string,
  norm: string,
  inChannels: number,
  outChannels: number,
  { kernelSize = 1, stride = 1, depthwise = false } = {},
): ConvNormSpec {
  return { conv, norm, inChannels, outChannels, kernelSize, stride, depthwise };
}

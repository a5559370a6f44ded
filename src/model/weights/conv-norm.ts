import { requireFloats, type TensorMap } from './tensor.js';

/** A square convolution without bias and the BatchNorm after it, as named tensors of a weight file. */
export interface ConvNormSpec {
  /** The convolution's weights are `<conv>.weight`. */
  readonly conv: string;
  /** The BatchNorm's are `<norm>.weight`, `.bias`, `.running_mean` and `.running_var`. */
  readonly norm: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride: number;
  /** Every channel by itself; `inChannels` and `outChannels` are then the same. */
  readonly depthwise: boolean;
}

/** A convolution with bias that does what a convolution and its BatchNorm did. */
export interface FoldedConv {
  /** `[outChannels, inChannels / groups, kernelSize, kernelSize]` */
  readonly weight: Float32Array;
  /** `[outChannels]` */
  readonly bias: Float32Array;
}

/** Shape of a spec's convolution weights, `[out, in / groups, kH, kW]`. */
export function convShape(spec: ConvNormSpec): readonly number[] {
  const { outChannels, inChannels, kernelSize, depthwise } = spec;
  return [outChannels, depthwise ? 1 : inChannels, kernelSize, kernelSize];
}

/** Names and shapes of a spec's five tensors. */
export function convNormShapes(spec: ConvNormSpec): [name: string, shape: readonly number[]][] {
  const vector = [spec.outChannels];
  return [
    [`${spec.conv}.weight`, convShape(spec)],
    [`${spec.norm}.weight`, vector],
    [`${spec.norm}.bias`, vector],
    [`${spec.norm}.running_mean`, vector],
    [`${spec.norm}.running_var`, vector],
  ];
}

/**
 * Folds an inference-time BatchNorm into its convolution, in float64.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where a tensor is missing or has another shape
 */
export function foldConvNorm(tensors: TensorMap, spec: ConvNormSpec, epsilon: number): FoldedConv {
  const [weight, scale, shift, mean, variance] = convNormShapes(spec).map(([name, shape]) =>
    requireFloats(tensors, name, shape),
  ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array];
  const fanIn = weight.length / spec.outChannels;
  const folded = new Float32Array(weight.length);
  const bias = new Float32Array(spec.outChannels);
  for (let channel = 0; channel < spec.outChannels; channel++) {
    const factor = scale[channel]! / Math.sqrt(variance[channel]! + epsilon);
    bias[channel] = shift[channel]! - mean[channel]! * factor;
    const end = (channel + 1) * fanIn;
    for (let i = channel * fanIn; i < end; i++) folded[i] = weight[i]! * factor;
  }
  return { weight: folded, bias };
}

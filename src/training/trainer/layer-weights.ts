import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import type { TowerLayer } from './tower-layers.js';

/**
 * The weights with which a layer computes, after weight normalisation, in the forms that products need. They are made once a
 * step, not once a video.
 */
export class LayerWeights {
  readonly layer: TowerLayer;
  /** `[kernelSize · inChannels, outChannels]`. */
  readonly matrix: Tensor2D;
  /** `[outChannels]`; null for a linear layer. */
  readonly bias: Tensor1D | null;
  /** Steps back that each tap reads, oldest first; the last is 0. */
  readonly lags: readonly number[];
  readonly #tf: TensorFlow;
  readonly #ownsMatrix: boolean;
  #taps: readonly Tensor2D[] | null = null;
  #tapsAcross: readonly Tensor2D[] | null = null;

  /** @param parameters the layer's, in the order of `parameterSpecs`; they stay the caller's */
  constructor(tf: TensorFlow, layer: TowerLayer, parameters: readonly Tensor[]) {
    this.#tf = tf;
    this.layer = layer;
    const [, , kernelSize] = layer.shape;
    this.lags = Array.from({ length: kernelSize }, (_, tap) => (kernelSize - 1 - tap) * layer.dilation);
    this.#ownsMatrix = layer.hasWeightNorm;
    this.bias = layer.hasBias ? (parameters.at(-1) as Tensor1D) : null;
    this.matrix = layer.hasWeightNorm
      ? tf.keep(tf.tidy(() => normalised(tf, parameters[0]!, parameters[1]!)))
      : (parameters[0] as Tensor2D);
  }

  /** The matrix of each tap, `[inChannels, outChannels]`, oldest first; made when first asked for. */
  get taps(): readonly Tensor2D[] {
    const tf = this.#tf;
    const [outChannels, inChannels] = this.layer.shape;
    this.#taps ??= this.lags.map((_, tap) =>
      tf.keep(tf.slice(this.matrix, [tap * inChannels, 0], [inChannels, outChannels])),
    );
    return this.#taps;
  }

  /** Each of `taps` transposed. */
  get tapsAcross(): readonly Tensor2D[] {
    this.#tapsAcross ??= this.taps.map((tap): Tensor2D => this.#tf.keep(this.#tf.transpose(tap)));
    return this.#tapsAcross;
  }

  /** Matrix and, where there is one, bias: what a gradient is taken of. */
  get trained(): Tensor[] {
    return this.bias === null ? [this.matrix] : [this.matrix, this.bias];
  }

  /** Gradients of the layer's parameters from those of `trained`; new tensors. */
  parameterGradients(parameters: readonly Tensor[], gradients: readonly Tensor[]): Tensor[] {
    const tf = this.#tf;
    const [ofMatrix, ...ofBias] = gradients;
    const rest = ofBias.map((gradient) => tf.clone(gradient));
    if (!this.layer.hasWeightNorm) return [tf.clone(ofMatrix!), ...rest];
    const [gain, direction] = parameters as [Tensor, Tensor];
    return [...normalisedGradients(tf, gain, direction, ofMatrix!), ...rest];
  }

  /** Frees what is not a parameter. */
  dispose(): void {
    if (this.#ownsMatrix) this.matrix.dispose();
    for (const tensor of [...(this.#taps ?? []), ...(this.#tapsAcross ?? [])]) tensor.dispose();
    this.#taps = null;
    this.#tapsAcross = null;
  }
}

/** `gain · direction / ‖direction‖` per output, `[1, outChannels]` and `[kernelSize · inChannels, outChannels]`. */
function normalised(tf: TensorFlow, gain: Tensor, direction: Tensor): Tensor2D {
  const norm = tf.sqrt(tf.sum(tf.square(direction), 0, true));
  return tf.mul(direction, tf.div(gain, norm));
}

/** Gradients of gain and direction from that of `normalised` (eq. 3 of Salimans & Kingma 2016). */
function normalisedGradients(tf: TensorFlow, gain: Tensor, direction: Tensor, dy: Tensor): Tensor[] {
  return tf.tidy(() => {
    const norm = tf.sqrt(tf.sum(tf.square(direction), 0, true));
    const ofGain: Tensor = tf.div(tf.sum(tf.mul(dy, direction), 0, true), norm);
    const inward = tf.mul(direction, tf.div(ofGain, norm));
    return [ofGain, tf.mul(tf.sub(dy, inward), tf.div(gain, norm))];
  });
}

import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlow } from '../backend/open-backend.js';
import { LayerWeights } from './layer-weights.js';
import { type ParameterSpec, type ParameterValues, parameterSpecs } from './parameter-specs.js';
import { listParts, mapParts, type TowerLayer, type TowerParts } from './tower-layers.js';

/** The parameters of a tower as tensors, and the weights that layers compute with. Owns both. */
export class Parameters {
  /** In the order of all lists of tensors here. */
  readonly specs: readonly ParameterSpec[];
  readonly #tf: TensorFlow;
  readonly #layers: TowerParts<TowerLayer>;
  #tensors: readonly Tensor[] = [];
  #weights: TowerParts<LayerWeights> | null = null;

  constructor(tf: TensorFlow, layers: TowerParts<TowerLayer>, values: ParameterValues) {
    this.#tf = tf;
    this.#layers = layers;
    this.specs = listParts(layers).flatMap(parameterSpecs);
    this.replace(this.upload(values));
  }

  get tensors(): readonly Tensor[] {
    return this.#tensors;
  }

  /** What layers compute with; made when it is first asked for after a change. */
  get weights(): TowerParts<LayerWeights> {
    let next = 0;
    this.#weights ??= mapParts(this.#layers, (layer) => {
      const first = next;
      next += parameterSpecs(layer).length;
      return new LayerWeights(this.#tf, layer, this.#tensors.slice(first, next));
    });
    return this.#weights;
  }

  /** The tensors of `weights` that gradients are taken of, layer by layer. */
  get trained(): Tensor[] {
    return listParts(this.weights).flatMap((weights) => weights.trained);
  }

  /** Gradients of the parameters from those of `trained`; new tensors. */
  gradients(ofTrained: readonly Tensor[]): Tensor[] {
    let parameter = 0;
    let trained = 0;
    return listParts(this.weights).flatMap((weights) => {
      const parameters = this.#tensors.slice(parameter, (parameter += parameterSpecs(weights.layer).length));
      const gradients = ofTrained.slice(trained, (trained += weights.trained.length));
      return weights.parameterGradients(parameters, gradients);
    });
  }

  /** New parameters instead of the present ones, which are freed; the tensors become this object's. */
  replace(tensors: readonly Tensor[]): void {
    this.dispose();
    this.#tensors = tensors;
  }

  /** Tensors in the shapes of training from values in the authors'; kept, whichever tidy they are made in. */
  upload(values: ParameterValues): Tensor[] {
    return this.specs.map((spec) =>
      this.#tf.keep(this.#tf.tensor(spec.toTrained(values.get(spec.name)!), [...spec.trainedShape])),
    );
  }

  /** The way back of `upload`, of this object's tensors unless told otherwise. */
  download(tensors = this.#tensors): ParameterValues {
    return new Map(
      this.specs.map((spec, i) => [spec.name, spec.fromTrained(tensors[i]!.dataSync<'float32'>())]),
    );
  }

  dispose(): void {
    if (this.#weights !== null) for (const weights of listParts(this.#weights)) weights.dispose();
    for (const tensor of this.#tensors) tensor.dispose();
    this.#weights = null;
    this.#tensors = [];
  }
}

import { type ConvShape, fromMatrix, toMatrix } from './layout.js';
import type { TowerLayer } from './tower-layers.js';

/** Values of all parameters by the authors' names, row-major in the authors' shapes. */
export type ParameterValues = ReadonlyMap<string, Float32Array>;

/** One tensor that training changes. */
export interface ParameterSpec {
  /** The authors' name, for example `temporal_audio.0.network.0.conv1.weight_g`. */
  readonly name: string;
  /** The authors' shape. */
  readonly shape: readonly number[];
  /** The shape in which it is trained, see `toMatrix`. */
  readonly trainedShape: readonly number[];
  toTrained(values: Float32Array): Float32Array;
  fromTrained(values: Float32Array): Float32Array;
}

/** A layer's parameters in order: weight, or gain and direction; then the bias where it has one. */
export function parameterSpecs(layer: TowerLayer): ParameterSpec[] {
  const { name, shape, hasBias, hasWeightNorm } = layer;
  const [numOutputs] = shape;
  const specs = hasWeightNorm
    ? [
        vector(`${name}.weight_g`, [numOutputs, 1, 1], [1, numOutputs]),
        matrix(`${name}.weight_v`, shape, shape),
      ]
    : [matrix(`${name}.weight`, shape, isLinear(layer) ? shape.slice(0, 2) : shape)];
  if (hasBias) specs.push(vector(`${name}.bias`, [numOutputs], [numOutputs]));
  return specs;
}

/** Linear layers are the ones without bias. */
function isLinear({ hasBias }: TowerLayer): boolean {
  return !hasBias;
}

function vector(name: string, shape: readonly number[], trainedShape: readonly number[]): ParameterSpec {
  const same = (values: Float32Array) => values;
  return { name, shape, trainedShape, toTrained: same, fromTrained: same };
}

function matrix(name: string, conv: ConvShape, shape: readonly number[]): ParameterSpec {
  const [outChannels, inChannels, kernelSize] = conv;
  return {
    name,
    shape,
    trainedShape: [kernelSize * inChannels, outChannels],
    toTrained: (values) => toMatrix(values, conv),
    fromTrained: (values) => fromMatrix(values, conv),
  };
}

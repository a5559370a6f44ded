import { EvokedError } from '../../core/errors.js';
import { layerSpec, type TowerSpec } from '../../model/tower/spec.js';
import { towerWeights } from '../../model/tower/weights.js';
import { float32Tensor, requireFloats, type Tensor, type TensorMap } from '../../model/weights/tensor.js';
import type { InputStatistics } from './input-statistics.js';
import { type ParameterValues, parameterSpecs } from './parameter-specs.js';
import { foldStatistics, unfoldStatistics } from './standardise.js';
import type { TowerLayer } from './tower-layers.js';
import { rowNorms, weightOfGain } from './weight-rows.js';

/** Parameters as a tower's weight file has them: for raw inputs, whatever `statistics` they were trained with. Copies. */
export function towerTensors(
  layers: readonly TowerLayer[],
  values: ParameterValues,
  statistics: InputStatistics | null,
): TensorMap {
  const tensors = new Map<string, Tensor>();
  for (const layer of layers) {
    const of = layer.readsInput && statistics !== null ? folded(layer, values, statistics) : values;
    for (const { name, shape } of parameterSpecs(layer)) {
      tensors.set(name, float32Tensor(shape, of.get(name)!.slice()));
    }
  }
  return tensors;
}

/**
 * The way back of `towerTensors`: parameters to start from out of a tower's weights, plain or weight-normalised.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where they are of another tower
 */
export function valuesOfTensors(
  layers: readonly TowerLayer[],
  tensors: TensorMap,
  spec: TowerSpec,
  statistics: InputStatistics | null,
): ParameterValues {
  requireSameShape(towerWeights(tensors).spec, spec);
  const values = new Map<string, Float32Array>();
  for (const layer of layers) {
    const unfolds = layer.readsInput && statistics !== null;
    const specs = parameterSpecs(layer);
    if (!unfolds && specs.every(({ name }) => tensors.has(name))) {
      for (const { name, shape } of specs) values.set(name, requireFloats(tensors, name, shape).slice());
      continue;
    }
    const weight = plainWeight(layer, (name, shape) => requireFloats(tensors, name, shape), tensors);
    const bias = layer.hasBias
      ? requireFloats(tensors, `${layer.name}.bias`, [layer.shape[0]])
      : new Float32Array(0);
    const conv = unfolds ? unfoldStatistics({ weight, bias }, layer.shape, statistics) : { weight, bias };
    setConv(values, layer, conv.weight, conv.bias);
  }
  return values;
}

function folded(layer: TowerLayer, values: ParameterValues, statistics: InputStatistics): ParameterValues {
  const weight = plainWeight(layer, (name) => values.get(name)!, values);
  const conv = foldStatistics({ weight, bias: values.get(`${layer.name}.bias`)! }, layer.shape, statistics);
  const result = new Map<string, Float32Array>();
  setConv(result, layer, conv.weight, conv.bias);
  return result;
}

/** A layer's weight in the authors' shape, with weight normalisation worked out. */
function plainWeight(
  { name, shape }: TowerLayer,
  read: (name: string, shape: readonly number[]) => Float32Array,
  names: { has(name: string): boolean },
): Float32Array {
  if (!names.has(`${name}.weight_v`)) return read(`${name}.weight`, shape);
  return weightOfGain(read(`${name}.weight_g`, [shape[0], 1, 1]), read(`${name}.weight_v`, shape));
}

function setConv(
  values: Map<string, Float32Array>,
  { name, shape, hasBias, hasWeightNorm }: TowerLayer,
  weight: Float32Array,
  bias: Float32Array,
): void {
  if (hasWeightNorm) {
    values.set(`${name}.weight_g`, rowNorms(weight, shape[0]));
    values.set(`${name}.weight_v`, weight);
  } else values.set(`${name}.weight`, weight);
  if (hasBias) values.set(`${name}.bias`, bias);
}

function requireSameShape(got: TowerSpec, expected: TowerSpec): void {
  const [gotText, expectedText] = [describe(got), describe(expected)];
  if (gotText === expectedText) return;
  const what = 'the weights to start from are of another tower';
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what, got: gotText, expected: expectedText });
}

function describe(spec: TowerSpec): string {
  const blocks = spec.blocks.map((block) => {
    const { inChannels, outChannels, kernelSize, dilation } = layerSpec(block, 'conv1');
    return `${inChannels}-${outChannels} kernel ${kernelSize} dilation ${dilation}`;
  });
  return `${blocks.join(', ')}; ${spec.numHidden} hidden, ${spec.numLabels} labels`;
}

import { EvokedError } from '../../core/errors.js';
import { type ConvNormSpec, convNormShapes } from './conv-norm.js';
import { requireFloats, type TensorMap } from './tensor.js';

/** Names and shapes of the running means and variances of a network's BatchNorms, in the network's order. */
export function statisticsShapes(specs: readonly ConvNormSpec[]): Map<string, readonly number[]> {
  return new Map(specs.flatMap((spec) => convNormShapes(spec).slice(-2)));
}

/**
 * Weights with other BatchNorm statistics.
 * @param statistics exactly the running means and variances of `specs`, float32, finite, variances above 0
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names the tensor
 */
export function withStatistics(
  weights: TensorMap,
  specs: readonly ConvNormSpec[],
  statistics: TensorMap,
): TensorMap {
  const shapes = statisticsShapes(specs);
  for (const name of statistics.keys()) {
    if (!shapes.has(name)) refuse(name, 'is no BatchNorm statistic of this network', name);
  }
  const merged = new Map(weights);
  for (const [name, shape] of shapes) {
    const values = requireFloats(statistics, name, shape);
    const tensor = statistics.get(name)!;
    if (tensor.dtype !== 'F32') refuse(name, 'has the wrong element type', tensor.dtype, 'F32');
    const isVariance = name.endsWith('.running_var');
    const wrong = values.find((value) => !Number.isFinite(value) || (isVariance && value <= 0));
    if (wrong !== undefined) {
      refuse(name, 'has an impossible value', `${wrong}`, isVariance ? 'above 0' : 'a finite number');
    }
    merged.set(name, tensor);
  }
  return merged;
}

function refuse(name: string, what: string, got: string, expected?: string): never {
  throw new EvokedError('ERR_MODEL_WEIGHTS', {
    what: `statistics tensor "${name}" ${what}`,
    got,
    ...(expected === undefined ? {} : { expected }),
  });
}

import { seededFloats, seededUniform } from '../../model/weights/seeded.js';
import { numElements } from '../../model/weights/tensor.js';
import type { Initialisation } from './options.js';
import { type ParameterValues, parameterSpecs } from './parameter-specs.js';
import type { TowerLayer } from './tower-layers.js';
import { rowNorms } from './weight-rows.js';

/** Standard deviation of the authors' convolution weights at the start. */
const PAPER_STD = 0.01;

/** Parameters to start from (see `Initialisation`), each drawn from the seed and its own name. */
export function initialValues(
  layers: readonly TowerLayer[],
  { seed, init }: { readonly seed: string; readonly init: Initialisation },
): ParameterValues {
  const numBlocks = layers.filter(({ name }) => name.endsWith('conv1')).length;
  const values = new Map<string, Float32Array>();
  for (const layer of layers) {
    const { name, shape, hasBias } = layer;
    const [numOutputs, inChannels, kernelSize] = shape;
    const fanIn = inChannels * kernelSize;
    const salt = `${seed}/init`;
    const weight = hasBias
      ? gaussians(salt, name, numElements(shape), init === 'paper' ? PAPER_STD : heStd(layer, numBlocks))
      : seededFloats(salt, name, numElements(shape), 1 / Math.sqrt(fanIn));
    const biasScale = init === 'paper' ? 1 / Math.sqrt(fanIn) : 0;
    for (const spec of parameterSpecs(layer)) {
      if (spec.name.endsWith('.bias'))
        values.set(spec.name, seededFloats(salt, spec.name, numOutputs, biasScale));
      else if (spec.name.endsWith('.weight_g')) values.set(spec.name, rowNorms(weight, numOutputs));
      else values.set(spec.name, weight);
    }
  }
  return values;
}

/**
 * He et al. 2015 before a ReLU; the second convolution of a block is smaller, so that what all blocks add to the
 * residual path is about as large as what is on it.
 */
function heStd({ name, shape: [, inChannels, kernelSize] }: TowerLayer, numBlocks: number): number {
  const fanIn = inChannels * kernelSize;
  if (name.endsWith('downsample')) return Math.sqrt(1 / fanIn);
  return Math.sqrt(2 / fanIn) / (name.endsWith('conv2') ? Math.sqrt(numBlocks) : 1);
}

/** Normal numbers of mean 0, two from two uniform ones (Box & Muller 1958). */
function gaussians(salt: string, name: string, length: number, std: number): Float32Array {
  const next = seededUniform(salt, name);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i += 2) {
    const radius = std * Math.sqrt(-2 * Math.log(1 - (next() + 1) / 2));
    const angle = Math.PI * next();
    values[i] = radius * Math.cos(angle);
    // A write past the end of a typed array is ignored.
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

import { seededFloats } from '../weights/seeded.js';
import { type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, numElements, type Tensor, type TensorMap } from '../weights/tensor.js';
import { efficientNetLayout, type SqueezeSpec, squeezeShapes } from './efficientnet-layout.js';

const WIDE: SeededConvOptions = { outputStd: 1.7, shiftSpread: 0.3 };
const DEPTHWISE: SeededConvOptions = { outputStd: 1.7, shiftSpread: 0.3 };
const PROJECTION: SeededConvOptions = { outputStd: 1, shiftSpread: 0 };
const HEAD: SeededConvOptions = { outputStd: 1, shiftSpread: 0.3 };

/** Untrained weights for EfficientNet-B0, all from `seed`. About 50 ms. */
export function seededEfficientNetWeights(seed: string): TensorMap {
  const layout = efficientNetLayout();
  const blocks = layout.blocks.flatMap(({ expand, depthwise, squeeze, project }) => [
    ...(expand === null ? [] : seededConvNorm(seed, expand, WIDE)),
    ...seededConvNorm(seed, depthwise, DEPTHWISE),
    ...seededSqueeze(seed, squeeze),
    ...seededConvNorm(seed, project, PROJECTION),
  ]);
  return new Map([
    ...seededConvNorm(seed, layout.stem, WIDE),
    ...blocks,
    ...seededConvNorm(seed, layout.head, HEAD),
  ]);
}

function seededSqueeze(seed: string, squeeze: SqueezeSpec): [name: string, tensor: Tensor][] {
  return squeezeShapes(squeeze).map(([name, shape]) => {
    const fanIn = shape[1] ?? 0;
    const scale = fanIn === 0 ? 0.1 : Math.sqrt(3 / fanIn);
    return [name, float32Tensor(shape, seededFloats(seed, name, numElements(shape), scale))];
  });
}

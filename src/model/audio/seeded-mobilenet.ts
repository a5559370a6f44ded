import { seededFloats } from '../weights/seeded.js';
import { type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, type TensorMap } from '../weights/tensor.js';
import { AUDIO_DIM, EMBEDDING_LAYER, mobileNetLayout } from './mobilenet-layout.js';

const STEM: SeededConvOptions = { outputStd: 1, shiftSpread: 0.3 };
const DEPTHWISE: SeededConvOptions = { outputStd: 1.4, shiftSpread: 0.3 };
const POINTWISE: SeededConvOptions = { outputStd: 1.4, shiftSpread: 0.3 };

/** Untrained weights for the audio network, all from `seed`. About 50 ms. */
export function seededAudioWeights(seed: string): TensorMap {
  const layout = mobileNetLayout();
  const name = `${EMBEDDING_LAYER}.weight`;
  const scale = Math.sqrt(3 / layout.pooledChannels);
  const weight = seededFloats(seed, name, AUDIO_DIM * layout.pooledChannels, scale);
  return new Map([
    ...seededConvNorm(seed, layout.stem, STEM),
    ...layout.blocks.flatMap(({ depthwise, pointwise }) => [
      ...seededConvNorm(seed, depthwise, DEPTHWISE),
      ...seededConvNorm(seed, pointwise, POINTWISE),
    ]),
    [name, float32Tensor([AUDIO_DIM, layout.pooledChannels], weight)],
    [`${EMBEDDING_LAYER}.bias`, float32Tensor([AUDIO_DIM], new Float32Array(AUDIO_DIM))],
  ]);
}

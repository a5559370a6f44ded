import { Tensor as OrtTensor } from 'onnxruntime-node';
import { calibrate } from '../onnx/calibrate.js';
import { measuringConvNorm } from '../onnx/conv-norm-nodes.js';
import { seededFloats } from '../weights/seeded.js';
import { type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, type TensorMap } from '../weights/tensor.js';
import { calibrationWaveform } from './calibration-waveform.js';
import { LogMel, MEL_BANDS, MEL_FRAMES } from './log-mel.js';
import { buildMobileNet, LOG_MEL_INPUT } from './mobilenet-graph.js';
import { AUDIO_DIM, EMBEDDING_LAYER, mobileNetLayout } from './mobilenet-layout.js';

/** Names how weights are made from a seed; another name wherever another network comes out of the same seed. */
export const SEEDED_MOBILENET = 'mobilenet-1';

const NUM_CALIBRATION_WAVEFORMS = 8;
const ACTIVE: SeededConvOptions = { outputStd: 1, shiftMean: 0, shiftSpread: 0.3 };

/**
 * Untrained weights for the audio network, all from `seed`; the BatchNorm statistics are measured on generated sounds, so
 * that embeddings have a sane scale and different sounds give different ones. About 0.15 s.
 */
export async function seededAudioWeights(seed: string): Promise<TensorMap> {
  const layout = mobileNetLayout();
  const name = `${EMBEDDING_LAYER}.weight`;
  const scale = 0.5 * Math.sqrt(3 / layout.pooledChannels);
  const weight = seededFloats(seed, name, AUDIO_DIM * layout.pooledChannels, scale);
  const tensors: TensorMap = new Map([
    ...seededConvNorm(seed, layout.stem, ACTIVE),
    ...layout.blocks.flatMap(({ depthwise, pointwise }) => [
      ...seededConvNorm(seed, depthwise, ACTIVE),
      ...seededConvNorm(seed, pointwise, ACTIVE),
    ]),
    [name, float32Tensor([AUDIO_DIM, layout.pooledChannels], weight)],
    [`${EMBEDDING_LAYER}.bias`, float32Tensor([AUDIO_DIM], new Float32Array(AUDIO_DIM))],
  ]);
  const waveforms = Array.from({ length: NUM_CALIBRATION_WAVEFORMS }, (_, i) => calibrationWaveform(seed, i));
  const pictures = new OrtTensor('float32', new LogMel().compute(waveforms), [
    NUM_CALIBRATION_WAVEFORMS,
    MEL_FRAMES,
    MEL_BANDS,
  ]);
  const model = buildMobileNet(tensors, measuringConvNorm(tensors));
  return calibrate(tensors, model, { [LOG_MEL_INPUT]: pictures });
}

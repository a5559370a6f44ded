import { type MeasuredBatch, measureNorms } from '../onnx/calibrate.js';
import { measuringConvNorm } from '../onnx/conv-norm-nodes.js';
import { inBatches } from '../onnx/in-batches.js';
import { withStatistics } from '../weights/norm-statistics.js';
import { seededFloats } from '../weights/seeded.js';
import { centreFilters, type SeededConvOptions, seededConvNorm } from '../weights/seeded-conv-norm.js';
import { float32Tensor, type TensorMap } from '../weights/tensor.js';
import { waveformsTensor } from './audio-extractor.js';
import { calibrationWaveform } from './calibration-waveform.js';
import { LogMel } from './log-mel.js';
import { buildMobileNet, LOG_MEL_INPUT } from './mobilenet-graph.js';
import { AUDIO_DIM, EMBEDDING_LAYER, mobileNetConvNorms, mobileNetLayout } from './mobilenet-layout.js';

/** Names how weights are made from a seed; another name wherever another network comes out of the same seed. */
export const SEEDED_MOBILENET = 'mobilenet-2';

const NUM_CALIBRATION_WAVEFORMS = 8;
const WAVEFORMS_PER_BATCH = 32;
/** Most of a channel lies between ReLU6's two edges: deep stacks of sharp activations forget what they were given. */
const ACTIVE: SeededConvOptions = { outputStd: 0.7, shiftMean: 2, shiftSpread: 1.5 };

/**
 * Untrained weights for the audio network, all from `seed`, so made that linear readouts of the embedding still find what a
 * segment sounds like. With `statistics` (see `measureMobileNet`) they are the same on every machine; without, the BatchNorm
 * statistics are measured on generated sounds, about 0.2 s.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the statistics are not exactly this network's
 */
export async function seededAudioWeights(seed: string, statistics?: TensorMap): Promise<TensorMap> {
  const weights = weightsFrom(seed);
  const norms = mobileNetConvNorms(mobileNetLayout());
  return withStatistics(weights, norms, statistics ?? (await measure(weights, calibrationWaveforms(seed))));
}

/**
 * BatchNorm statistics of this seed's network on waveforms, mono PCM at 16 kHz of 0 to 16000 samples each: running means and
 * variances under the names that they have among the weights.
 * @throws {EvokedError} ERR_MODEL_INPUT where there is no waveform, or something that is none
 */
export function measureMobileNet(
  seed: string,
  waveforms: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<TensorMap> {
  return measure(weightsFrom(seed), waveforms);
}

function weightsFrom(seed: string): TensorMap {
  const layout = mobileNetLayout();
  const name = `${EMBEDDING_LAYER}.weight`;
  const scale = 0.5 * Math.sqrt(3 / layout.pooledChannels);
  const weight = seededFloats(seed, name, AUDIO_DIM * layout.pooledChannels, scale);
  centreFilters(weight, layout.pooledChannels);
  return new Map([
    ...mobileNetConvNorms(layout).flatMap((spec) => seededConvNorm(seed, spec, ACTIVE)),
    [name, float32Tensor([AUDIO_DIM, layout.pooledChannels], weight)],
    [`${EMBEDDING_LAYER}.bias`, float32Tensor([AUDIO_DIM], new Float32Array(AUDIO_DIM))],
  ]);
}

function measure(
  weights: TensorMap,
  waveforms: AsyncIterable<Float32Array> | Iterable<Float32Array>,
): Promise<TensorMap> {
  const logMel = new LogMel();
  async function* batches(): AsyncGenerator<MeasuredBatch> {
    for await (const batch of inBatches(waveforms, WAVEFORMS_PER_BATCH)) {
      yield { feeds: { [LOG_MEL_INPUT]: waveformsTensor(logMel, batch) }, size: batch.length };
    }
  }
  return measureNorms(buildMobileNet(weights, measuringConvNorm(weights)), batches());
}

function calibrationWaveforms(seed: string): Float32Array[] {
  return Array.from({ length: NUM_CALIBRATION_WAVEFORMS }, (_, i) => calibrationWaveform(seed, i));
}

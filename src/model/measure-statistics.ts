import type { Modality } from '../core/media.js';
import { measureMobileNet } from './audio/seeded-mobilenet.js';
import { measureEfficientNet } from './visual/seeded-efficientnet.js';
import type { TensorMap } from './weights/tensor.js';

/** Segments of one modality as its extractor takes them, all at once or one after the other. */
export type MeasuredInputs<Input> = AsyncIterable<Input> | Iterable<Input>;

/**
 * BatchNorm statistics of an extractor from a seed on real segments, for the `statistics` of a pack: running means and
 * variances under the names of the full weights, float32. 64 to 256 segments of different scenes, well mixed, are enough; memory
 * does not grow with their number. About 40 ms a frame and 10 ms a waveform.
 * @param seed as the pack's manifest has it
 * @param inputs RGB frames `[224, 224, 3]` uint8 for `visual`; mono PCM at 16 kHz, 0 to 16000 samples each, for `audio`
 * @throws {EvokedError} ERR_MODEL_INPUT where there is none, or one is of the wrong type or length
 */
export function measureStatistics(
  modality: 'visual',
  seed: string,
  inputs: MeasuredInputs<Uint8Array>,
): Promise<TensorMap>;
export function measureStatistics(
  modality: 'audio',
  seed: string,
  inputs: MeasuredInputs<Float32Array>,
): Promise<TensorMap>;
export function measureStatistics(
  modality: Modality,
  seed: string,
  inputs: MeasuredInputs<Uint8Array> | MeasuredInputs<Float32Array>,
): Promise<TensorMap> {
  return modality === 'visual'
    ? measureEfficientNet(seed, inputs as MeasuredInputs<Uint8Array>)
    : measureMobileNet(seed, inputs as MeasuredInputs<Float32Array>);
}

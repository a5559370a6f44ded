import type { InferenceSession } from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import { float32Tensor, type TensorMap } from '../weights/tensor.js';
import type { OnnxModel } from './graph-builder.js';
import { createOrtSession } from './ort-session.js';

/**
 * Runs a graph once and puts each of its outputs that `tensors` has under the same name in that tensor's place (with
 * that tensor's shape): how untrained networks come by the BatchNorm statistics that training would have left.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the graph cannot run
 */
export async function calibrate(
  tensors: TensorMap,
  model: OnnxModel,
  feeds: InferenceSession.FeedsType,
): Promise<TensorMap> {
  const session = await createOrtSession(model);
  try {
    const results = await session.run(feeds);
    const calibrated = new Map(tensors);
    for (const [name, { data }] of Object.entries(results)) {
      const tensor = tensors.get(name);
      if (tensor === undefined || !(data instanceof Float32Array)) continue;
      calibrated.set(name, float32Tensor(tensor.shape, data));
    }
    return calibrated;
  } catch (cause) {
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: 'calibration of untrained weights failed', cause });
  } finally {
    await session.release();
  }
}

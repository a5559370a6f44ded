import { Tensor } from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import { FRAME_BYTES, FRAME_SIZE } from '../../core/time-grid.js';
import type { Extractor } from '../extractor.js';
import { createOrtSession, type OrtOptions, releaseOnce, runOrtSession } from '../onnx/ort-session.js';
import type { TensorMap } from '../weights/tensor.js';
import { buildEfficientNet, EMBEDDING_OUTPUT, FRAMES_INPUT } from './efficientnet-graph.js';
import { VISUAL_DIM } from './efficientnet-layout.js';

/** On the CPU a frame costs the same alone as among others. */
const EMBED_BATCH_SIZE = 1;

/**
 * EfficientNet-B0 for RGB frames `[224, 224, 3]` uint8. `weights` may be dropped afterwards.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export async function createVisualExtractor(
  weights: TensorMap,
  options: OrtOptions = {},
): Promise<Extractor> {
  const session = await createOrtSession(buildEfficientNet(weights), options);
  return {
    modality: 'visual',
    dim: VISUAL_DIM,
    embedBatchSize: EMBED_BATCH_SIZE,
    async embed(inputs) {
      if (inputs.length === 0) return new Float32Array(0);
      return runOrtSession(session, { [FRAMES_INPUT]: framesTensor(inputs) }, EMBEDDING_OUTPUT);
    },
    release: releaseOnce(session),
  };
}

/**
 * Frames as the network's input.
 * @throws {EvokedError} ERR_MODEL_INPUT where one is no RGB frame
 */
export function framesTensor(inputs: readonly (Uint8Array | Float32Array)[]): Tensor {
  return new Tensor('uint8', joinFrames(inputs), [inputs.length, FRAME_SIZE, FRAME_SIZE, 3]);
}

function joinFrames(inputs: readonly (Uint8Array | Float32Array)[]): Uint8Array {
  const joined = new Uint8Array(inputs.length * FRAME_BYTES);
  for (const [i, input] of inputs.entries()) {
    if (!(input instanceof Uint8Array) || input.length !== FRAME_BYTES) {
      const got = `${input.constructor.name} of ${input.length}`;
      const expected = `Uint8Array of ${FRAME_BYTES}`;
      throw new EvokedError('ERR_MODEL_INPUT', { what: 'input is no RGB frame', got, expected });
    }
    joined.set(input, i * FRAME_BYTES);
  }
  return joined;
}

import * as ort from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import type { OnnxModel } from './graph-builder.js';

/** The settings of ONNX Runtime that this project leaves to its user. */
export interface OrtOptions {
  /** Threads that one operation is split over; sessions run in worker threads of their own, so 1 by default. */
  readonly intraOpNumThreads?: number;
  /** For example `['cuda', 'cpu']` where ONNX Runtime's CUDA part is installed; `['cpu']` by default. */
  readonly executionProviders?: readonly string[];
}

/**
 * A session on a graph built in code. One thread unless told otherwise. The memory arena stays on: without it every
 * run maps and unmaps its scratch space, which in a worker thread made EfficientNet-B0 eight times slower.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where ONNX Runtime refuses the graph
 */
export async function createOrtSession(
  model: OnnxModel,
  options: OrtOptions = {},
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model.bytes, {
      externalData: model.externalData,
      executionProviders: [...(options.executionProviders ?? ['cpu'])],
      intraOpNumThreads: options.intraOpNumThreads ?? 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    });
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: 'ONNX Runtime refuses the graph', got, cause });
  }
}

/**
 * Runs a session and returns one float32 output. Blocks the thread while it computes.
 * @throws {EvokedError} ERR_MODEL_WORKER where ONNX Runtime fails or the output is not float32
 */
export async function runOrtSession(
  session: ort.InferenceSession,
  feeds: ort.InferenceSession.FeedsType,
  output: string,
): Promise<Float32Array> {
  let results: ort.InferenceSession.ReturnType;
  try {
    results = await session.run(feeds, [output]);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new EvokedError('ERR_MODEL_WORKER', { what: 'ONNX Runtime failed', got, cause });
  }
  const data = results[output]?.data;
  if (data instanceof Float32Array) return data;
  throw new EvokedError('ERR_MODEL_WORKER', { what: `output "${output}" is not float32`, got: typeof data });
}

/** Frees a session; from the second call on nothing happens. */
export function releaseOnce(session: ort.InferenceSession): () => Promise<void> {
  let released: Promise<void> | undefined;
  return () => (released ??= session.release());
}

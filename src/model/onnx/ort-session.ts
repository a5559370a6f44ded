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
 * A session on a graph built in code. One thread and no memory arena unless told otherwise: an arena would keep
 * the largest batch's scratch space for ever.
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

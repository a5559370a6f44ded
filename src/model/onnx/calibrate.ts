import type { InferenceSession } from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import { float32Tensor, type Tensor, type TensorMap } from '../weights/tensor.js';
import type { OnnxModel } from './graph-builder.js';
import { createOrtSession } from './ort-session.js';

/** One run of a measuring graph. */
export interface MeasuredBatch {
  readonly feeds: InferenceSession.FeedsType;
  /** Inputs in it: what it counts for beside other batches. */
  readonly size: number;
}

/** Sums over the inputs so far, in float64. */
interface Moments {
  readonly sum: Float64Array;
  /** Of the squares' means. */
  readonly sumOfSquares: Float64Array;
}

/**
 * Runs a graph of `measuringConvNorm` batch by batch and pools what its BatchNorms saw: how untrained networks come by the
 * statistics that training would have left. Each batch is normalised by its own statistics, as in training, so batches
 * should be mixed alike.
 * @returns `<norm>.running_mean` and `<norm>.running_var`, each `[channels]`, in the graph's order
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the graph cannot run; ERR_MODEL_INPUT where there is no batch
 */
export async function measureNorms(
  model: OnnxModel,
  batches: AsyncIterable<MeasuredBatch>,
): Promise<TensorMap> {
  const moments = new Map<string, Moments>();
  let numInputs = 0;
  const session = await createOrtSession(model);
  try {
    for await (const { feeds, size } of batches) {
      addBatch(moments, await run(session, feeds), size);
      numInputs += size;
    }
  } finally {
    await session.release();
  }
  if (numInputs > 0)
    return new Map([...moments].flatMap(([norm, sums]) => statistics(norm, sums, numInputs)));
  throw new EvokedError('ERR_MODEL_INPUT', { what: 'statistics need inputs', got: 'none' });
}

async function run(
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
): Promise<InferenceSession.ReturnType> {
  try {
    return await session.run(feeds);
  } catch (cause) {
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: 'calibration of untrained weights failed', cause });
  }
}

function addBatch(moments: Map<string, Moments>, results: InferenceSession.ReturnType, size: number): void {
  for (const [name, { data: means }] of Object.entries(results)) {
    if (!name.endsWith(MEAN) || !(means instanceof Float32Array)) continue;
    const norm = name.slice(0, -MEAN.length);
    const variances = results[norm + VARIANCE]!.data as Float32Array;
    const known = moments.get(norm);
    const { sum, sumOfSquares } = known ?? {
      sum: new Float64Array(means.length),
      sumOfSquares: new Float64Array(means.length),
    };
    for (const [i, mean] of means.entries()) {
      sum[i]! += size * mean;
      sumOfSquares[i]! += size * (variances[i]! + mean * mean);
    }
    if (known === undefined) moments.set(norm, { sum, sumOfSquares });
  }
}

function statistics(norm: string, { sum, sumOfSquares }: Moments, numInputs: number): [string, Tensor][] {
  const shape = [sum.length];
  const means = Float32Array.from(sum, (total) => total / numInputs);
  const variances = Float32Array.from(sumOfSquares, (total, i) =>
    Math.max(total / numInputs - (sum[i]! / numInputs) ** 2, SMALLEST_VARIANCE),
  );
  return [
    [norm + MEAN, float32Tensor(shape, means)],
    [norm + VARIANCE, float32Tensor(shape, variances)],
  ];
}

const MEAN = '.running_mean';
const VARIANCE = '.running_var';
/** Far below the epsilon that is added to variances: a channel that never changes. */
const SMALLEST_VARIANCE = 1e-12;

import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import type { TensorMap } from '../../../src/model/weights/tensor.js';
import type { TrainingSequence } from '../../../src/training/sequence.js';

/** Raw scores `[T, 15]` of the live path's tower (onnxruntime) with these weights. */
export async function towerScores(
  tensors: TensorMap,
  { numSteps, embeddings, seconds }: TrainingSequence,
  position: boolean,
): Promise<Float32Array> {
  const dim = embeddings.length / numSteps;
  const numInputs = dim + (position ? 1 : 0);
  const x = new Float32Array(numSteps * numInputs);
  for (let step = 0; step < numSteps; step++) {
    x.set(embeddings.subarray(step * dim, (step + 1) * dim), step * numInputs);
    if (position) x[step * numInputs + dim] = seconds[step]!;
  }
  const tower = await Tower.create(towerWeights(tensors));
  try {
    return await tower.steps(tower.createState(), x);
  } finally {
    await tower.release();
  }
}

import { expect, it } from 'vitest';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { float32Tensor, type Tensor, type TensorMap } from '../../../src/model/weights/tensor.js';
import { openBackend } from '../../../src/training/backend/index.js';
import { createTrainer, inputStatistics, type TrainerOptions } from '../../../src/training/trainer/index.js';
import { randomSequence } from './sequences.js';

/** Shorter than the longest dilation, so that taps before the first step are met. */
const video = randomSequence('gradients', 7, 5);
const OPTIONS: TrainerOptions = {
  modality: 'audio',
  embeddingDim: 5,
  position: true,
  shape: { numChannels: 6, numStacks: 1, numLevels: 4, kernelSize: 3, numHidden: 4 },
  optimizer: { kind: 'sgd', learningRate: 1 },
  init: 'he',
  seed: 'gradients',
};
const STANDARDISED = { standardize: true, inputStatistics: inputStatistics([video]) };

/** What `parameter/…` of a snapshot holds, changed at one place. */
function nudged(snapshot: TensorMap, name: string, index: number, by: number): TensorMap {
  const tensor = snapshot.get(name)!;
  const data = (tensor.data as Float32Array).slice();
  data[index]! += by;
  return new Map([...snapshot, [name, { dtype: 'F32', shape: tensor.shape, data }]]);
}

/** A snapshot whose biases are not zero: a ReLU of exactly zero has no slope to compare. */
function withBiases(snapshot: TensorMap): TensorMap {
  const biased = [...snapshot].map(([name, tensor]): [string, Tensor] => {
    if (!name.endsWith('.bias')) return [name, tensor];
    return [name, float32Tensor(tensor.shape, seededFloats('bias', name, tensor.data.length, 0.3))];
  });
  return new Map(biased);
}

it.each([
  ['plain', {}],
  ['weight-normalised', { weightNorm: true }],
  ['standardised', STANDARDISED],
])('gradients are the loss’s slopes: %s', async (_name, variant) => {
  const trainer = createTrainer(await openBackend(), { ...OPTIONS, ...variant });
  const before = withBiases(trainer.snapshot());
  trainer.restore(before);
  trainer.addVideo(video);
  trainer.step();
  const after = trainer.snapshot();
  const lossAt = (snapshot: TensorMap): number => {
    trainer.restore(snapshot);
    return trainer.addVideo(video);
  };
  const names = [...before.keys()].filter((name) => name.startsWith('parameter/'));
  let [largestSlope, largestError] = [0, 0];
  for (const [place, name] of names.entries()) {
    const values = before.get(name)!.data as Float32Array;
    const index = (7 * place) % values.length;
    const gradient = values[index]! - (after.get(name)!.data as Float32Array)[index]!;
    // So small that hardly a ReLU changes sides.
    const by = 3e-4;
    const slope =
      (lossAt(nudged(before, name, index, by)) - lossAt(nudged(before, name, index, -by))) / (2 * by);
    largestSlope = Math.max(largestSlope, Math.abs(slope));
    largestError = Math.max(largestError, Math.abs(slope - gradient));
  }
  trainer.dispose();
  expect(largestSlope).toBeGreaterThan(0.01);
  expect(largestError).toBeLessThan(0.03 * largestSlope);
});

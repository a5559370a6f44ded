import { describe, expect, it } from 'vitest';
import { openBackend } from '../../../src/training/backend/index.js';
import { createTrainer, inputStatistics, type TrainerOptions } from '../../../src/training/trainer/index.js';
import { towerScores } from './as-tower.js';
import { largest, largestDifference, randomSequence } from './sequences.js';

const DIM = 12;
const SCALE = 10;
/** Embeddings far from zero, as pooled features are, and timestamps in the thousands of seconds' order. */
const videos = [40, 9, 1].map((numSteps, i) => {
  const sequence = randomSequence(`video${i}`, numSteps, DIM, { offset: 3, scale: 0.5 });
  return { ...sequence, seconds: sequence.seconds.map((seconds) => seconds + 100) };
});

const OPTIONS: TrainerOptions = {
  modality: 'visual',
  embeddingDim: DIM,
  position: true,
  shape: { numChannels: 8, numStacks: 2, numLevels: 3, kernelSize: 3, numHidden: 6 },
  labelScale: SCALE,
  optimizer: { kind: 'adam', learningRate: 0.01 },
  accumulate: 3,
  init: 'he',
  seed: 'agreement',
};

const VARIANTS: Readonly<Record<string, Partial<TrainerOptions>>> = {
  'plain on small inputs': { position: false },
  'weight-normalised': { position: false, weightNorm: true },
  standardised: { standardize: true, inputStatistics: inputStatistics(videos) },
  'standardised, without position': {
    standardize: true,
    inputStatistics: inputStatistics(videos),
    position: false,
  },
  'standardised and weight-normalised': {
    standardize: true,
    inputStatistics: inputStatistics(videos),
    weightNorm: true,
  },
  'as wide as its input, without downsample': {
    standardize: true,
    inputStatistics: inputStatistics(videos),
    shape: { numChannels: DIM + 1, numLevels: 2, kernelSize: 2 },
  },
  'kernel 1': { position: false, shape: { numChannels: 8, kernelSize: 1 } },
};

describe.each(Object.entries(VARIANTS))('a trained tower, %s', (_name, variant) => {
  it('scores in the live path as it does in training', async () => {
    const options = { ...OPTIONS, ...variant };
    const trainer = createTrainer(await openBackend(), options);
    try {
      for (let step = 0; step < 3; step++) {
        for (const video of videos) trainer.addVideo(video);
        trainer.step();
      }
      for (const video of videos) {
        const predicted = trainer.predict(video);
        const live = await towerScores(trainer.tensors(), video, options.position);
        const scores = live.map((score) => score / SCALE);
        expect(largest(scores)).toBeGreaterThan(0.01);
        expect(largestDifference(predicted, scores)).toBeLessThan(1e-4 * largest(scores));
      }
    } finally {
      trainer.dispose();
    }
  });
});

it('starts from a tower’s weights, whatever the statistics', async () => {
  const backend = await openBackend();
  const first = createTrainer(backend, { ...OPTIONS, weightNorm: true });
  const standardised = { standardize: true, inputStatistics: inputStatistics(videos) };
  for (const variant of [{}, { weightNorm: true }, standardised, { ...standardised, weightNorm: true }]) {
    const second = createTrainer(backend, { ...OPTIONS, ...variant, initialTensors: first.tensors() });
    const [a, b] = [first.predict(videos[0]!), second.predict(videos[0]!)];
    expect(largestDifference(a, b)).toBeLessThan(1e-4 * largest(a));
    second.dispose();
  }
  first.dispose();
});

it('trains a weight-normalised tower to the scores of a live one: gain and direction are both in the file', async () => {
  const trainer = createTrainer(await openBackend(), { ...OPTIONS, weightNorm: true });
  const names = [...trainer.tensors().keys()];
  trainer.dispose();
  expect(names).toContain('temporal_visual.0.network.0.conv1.weight_g');
  expect(names).toContain('temporal_visual.1.network.2.conv2.weight_v');
  expect(names).toContain('temporal_visual.0.network.0.downsample.weight');
  expect(names).toContain('regression_visual.2.weight');
  expect(names).not.toContain('temporal_visual.0.network.0.conv1.weight');
});

import { expect, it } from 'vitest';
import { openBackend } from '../../../src/training/backend/index.js';
import { createTrainer } from '../../../src/training/trainer/index.js';
import { goldenTraining } from './golden-training.js';
import { largestDifference } from './sequences.js';

const TOLERANCE = 1e-4;

it('gives the losses and all weights of five steps of the authors’ training in PyTorch', async () => {
  const { embeddingDim, shape, before, videos, losses, after } = goldenTraining();
  const trainer = createTrainer(await openBackend(), {
    modality: 'audio',
    embeddingDim,
    position: true,
    shape,
    labelScale: 10,
    accumulate: videos.length,
    seed: 'golden',
    initialTensors: before,
  });
  try {
    for (const expected of losses) {
      const ofVideos = videos.map((video) => trainer.addVideo(video));
      trainer.step();
      const loss = ofVideos.reduce((sum, value) => sum + value, 0) / videos.length;
      expect(Math.abs(loss - expected)).toBeLessThan(TOLERANCE);
    }
    const tensors = trainer.tensors();
    expect([...tensors.keys()].sort()).toEqual([...after.keys()].sort());
    for (const [name, expected] of after) {
      expect(largestDifference(tensors.get(name)!.data as Float32Array, expected), name).toBeLessThan(
        TOLERANCE,
      );
    }
  } finally {
    trainer.dispose();
  }
});

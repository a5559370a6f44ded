import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAudioExtractor } from '../../../src/model/audio/audio-extractor.js';
import { calibrationWaveform } from '../../../src/model/audio/calibration-waveform.js';
import { seededAudioWeights } from '../../../src/model/audio/seeded-mobilenet.js';
import type { Extractor } from '../../../src/model/extractor.js';
import {
  float32Tensor,
  requireFloats,
  type Tensor,
  tensorFloats,
  type TensorMap,
} from '../../../src/model/weights/tensor.js';
import { embeddingSpread } from '../weights/embedding-spread.js';
import { largestDifference } from '../weights/golden-array.js';

const SEED = 'test';
const sounds = [100, 101, 102, 103].map((i) => calibrationWaveform(SEED, i));

describe('audio extractor', () => {
  let weights: TensorMap;
  let extractor: Extractor;
  beforeAll(async () => {
    weights = await seededAudioWeights(SEED);
    extractor = await createAudioExtractor(weights);
  });
  afterAll(() => extractor.release());

  it('gives 2048 values a segment, the same alone as among others', async () => {
    const inputs = [
      ...sounds,
      new Float32Array(2666),
      new Float32Array(0),
      new Float32Array(16_000).fill(0.1),
    ];
    const together = await extractor.embed(inputs);
    expect(together).toHaveLength(inputs.length * 2048);
    for (const [i, input] of inputs.entries()) {
      const alone = await extractor.embed([input]);
      expect(largestDifference(alone, together.subarray(i * 2048, (i + 1) * 2048))).toBeLessThan(1e-4);
    }
  });

  it('untrained, tells sounds apart at a sane scale, also silence and full scale', async () => {
    const square = new Float32Array(2667).map((_, i) => (i % 100 < 50 ? 1 : -1));
    const embeddings = await extractor.embed([...sounds, new Float32Array(2667), square]);
    const spread = embeddingSpread(embeddings, extractor.dim);
    expect(spread.rms).toBeGreaterThan(0.1);
    expect(spread.rms).toBeLessThan(0.8);
    expect(spread.largest).toBeLessThan(5);
    expect(spread.stdOverInputs).toBeGreaterThan(0.05);
  });

  it('is made by its seed alone', async () => {
    const again = await seededAudioWeights(SEED);
    for (const [name, tensor] of weights) {
      const difference = largestDifference(
        tensorFloats(name, tensor),
        requireFloats(again, name, tensor.shape),
      );
      expect(difference, name).toBe(0);
    }
    const other = requireFloats(await seededAudioWeights('other'), 'stem.conv.weight', [32, 1, 3, 3]);
    expect(
      largestDifference(other, requireFloats(weights, 'stem.conv.weight', [32, 1, 3, 3])),
    ).toBeGreaterThan(0.1);
  });

  it.each([
    ['stem.norm.bias', undefined],
    ['blocks.12.pointwise.conv.weight', undefined],
    ['embedding.weight', [1024, 2048]],
  ])('names the tensor that is missing or has another shape: %s %j', async (name, shape) => {
    const tensors = new Map<string, Tensor>(weights);
    if (shape === undefined) tensors.delete(name);
    else tensors.set(name, float32Tensor(shape, new Float32Array(1024 * 2048)));
    await expect(createAudioExtractor(tensors)).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining(`"${name}"`) as string,
    });
  });

  it('refuses bytes, and waveforms of more than a second', async () => {
    const refusal = { code: 'ERR_MODEL_INPUT' };
    await expect(extractor.embed([new Uint8Array(2667)])).rejects.toMatchObject(refusal);
    await expect(extractor.embed([new Float32Array(16_001)])).rejects.toMatchObject(refusal);
  });

  it('gives nothing for nothing', async () => {
    expect(await extractor.embed([])).toHaveLength(0);
  });
});

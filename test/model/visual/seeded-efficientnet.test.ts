import { describe, expect, it } from 'vitest';
import { FRAME_BYTES } from '../../../src/core/time-grid.js';
import { calibrationFrame } from '../../../src/model/visual/calibration-frame.js';
import { seededEfficientNetWeights } from '../../../src/model/visual/seeded-efficientnet.js';
import { createVisualExtractor } from '../../../src/model/visual/visual-extractor.js';
import { seededUniform } from '../../../src/model/weights/seeded.js';
import { embeddingSpread } from '../weights/embedding-spread.js';
import { largestDifference } from '../weights/golden-array.js';

const SEED = 'test';

function filled(pixel: () => number): Uint8Array {
  return Uint8Array.from({ length: FRAME_BYTES }, pixel);
}

describe('untrained EfficientNet-B0', () => {
  it('tells pictures apart at a sane scale, also those unlike any film', async () => {
    const extractor = await createVisualExtractor(await seededEfficientNetWeights(SEED));
    const uniform = seededUniform(SEED, 'noise');
    const film = [100, 101, 102].map((i) => calibrationFrame(SEED, i));
    const odd = [filled(() => 0), filled(() => 255), filled(() => 128 + 127 * uniform())];
    const spread = embeddingSpread(await extractor.embed([...film, ...odd]), extractor.dim);
    expect(spread.rms).toBeGreaterThan(0.1);
    expect(spread.rms).toBeLessThan(2);
    expect(spread.largest).toBeLessThan(20);
    expect(spread.stdOverInputs).toBeGreaterThan(0.05);
    await extractor.release();
  });

  it('is made by its seed alone', async () => {
    const make = async (seed: string) => {
      const extractor = await createVisualExtractor(await seededEfficientNetWeights(seed));
      const embedding = await extractor.embed([calibrationFrame(SEED, 7)]);
      await extractor.release();
      return embedding;
    };
    const first = await make('a');
    expect(largestDifference(first, await make('a'))).toBe(0);
    expect(largestDifference(first, await make('b'))).toBeGreaterThan(0.1);
  });
});

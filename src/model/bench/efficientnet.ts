import type { BenchRow } from '../../core/bench-row.js';
import { calibrationFrame } from '../visual/calibration-frame.js';
import { seededEfficientNetWeights } from '../visual/seeded-efficientnet.js';
import { createVisualExtractor } from '../visual/visual-extractor.js';
import { measureMs } from '../../core/measure.js';
import { measureMultiplyRate, multiplyFloor } from './multiply-rate.js';

/** Convolutions of EfficientNet-B0 at 224x224, without the classifier. */
const MILLION_MACS = 385;
const BATCH_SIZES = [1, 4] as const;

/** The visual extractor on one thread, a frame alone and among others. */
export async function run(): Promise<BenchRow[]> {
  const floor = multiplyFloor(MILLION_MACS, await measureMultiplyRate());
  const extractor = await createVisualExtractor(await seededEfficientNetWeights('bench'));
  try {
    const rows: BenchRow[] = [];
    for (const batchSize of BATCH_SIZES) {
      const frames = Array.from({ length: batchSize }, (_, i) => calibrationFrame('bench', i));
      const options = { numRuns: Math.ceil(100 / batchSize), numWarmUps: 5 };
      const { median, p99 } = await measureMs(() => extractor.embed(frames), options);
      const name = `EfficientNet-B0, a frame at batch ${batchSize}`;
      rows.push({ name, unit: 'ms', median: median / batchSize, p99: p99 / batchSize, floor });
    }
    return rows;
  } finally {
    await extractor.release();
  }
}

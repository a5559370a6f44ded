import type { BenchRow } from '../../core/bench-row.js';
import { createAudioExtractor } from '../audio/audio-extractor.js';
import { calibrationWaveform } from '../audio/calibration-waveform.js';
import { seededAudioWeights } from '../audio/seeded-mobilenet.js';
import { measureMs } from '../../core/measure.js';
import { measureMultiplyRate, multiplyFloor } from './multiply-rate.js';

/** Convolutions and dense layer of the audio MobileNet at 96x64. */
const MILLION_MACS = 71;
/** Reckoned from the layers' strides and kernels. */
const NOTE =
  '79 of the 96 frames are the same for every segment; computing only what the others reach would save 38 % (not done)';
const BATCH_SIZES = [1, 4, 8, 16] as const;

/** The audio extractor (log-mel and network) on one thread, a segment alone and among others. */
export async function run(): Promise<BenchRow[]> {
  const floor = multiplyFloor(MILLION_MACS, await measureMultiplyRate());
  const extractor = await createAudioExtractor(await seededAudioWeights('bench'));
  try {
    const rows: BenchRow[] = [];
    for (const batchSize of BATCH_SIZES) {
      const waveforms = Array.from({ length: batchSize }, (_, i) => calibrationWaveform('bench', i));
      const options = { numRuns: Math.ceil(400 / batchSize), numWarmUps: 10 };
      const { median, p99 } = await measureMs(() => extractor.embed(waveforms), options);
      const name = `log-mel and audio network, a segment at batch ${batchSize}`;
      rows.push({ name, unit: 'ms', median: median / batchSize, p99: p99 / batchSize, floor, note: NOTE });
    }
    return rows;
  } finally {
    await extractor.release();
  }
}

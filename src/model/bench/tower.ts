import type { BenchRow } from '../../core/bench-row.js';
import { VISUAL_DIM } from '../visual/efficientnet-layout.js';
import { seededTowerWeights } from '../tower/seeded.js';
import { numWeights, uniformTowerSpec } from '../tower/spec.js';
import { Tower } from '../tower/tower.js';
import { seededFloats } from '../weights/seeded.js';
import { measureMs } from '../../core/measure.js';
import { measureMultiplyRate } from './multiply-rate.js';

const STREAMS = [1, 8, 32] as const;
const SEQUENCE_STEPS = 240;
const BANDWIDTH_BYTES = 256 * 1024 * 1024;

/** The visual tower at the paper's size on one thread: a step of 1, 8 and 32 streams, and a sequence. */
export async function run(): Promise<BenchRow[]> {
  const spec = uniformTowerSpec({ numInputs: VISUAL_DIM + 1 });
  const multiplyRate = await measureMultiplyRate();
  const bandwidth = await measureReadRate();
  const floor = (numRows: number): string => {
    const readMs = (numWeights(spec) * 4) / bandwidth / 1e6 / numRows;
    const computeMs = numWeights(spec) / multiplyRate / 1e6;
    const bytes = `${((numWeights(spec) * 4) / 1e6).toFixed(0)} MB at ${bandwidth.toFixed(0)} GB/s`;
    const macs = `${(numWeights(spec) / 1e6).toFixed(1)} M multiply-adds at ${multiplyRate.toFixed(0)} G/s`;
    return `${Math.max(readMs, computeMs).toFixed(2)} ms: ${readMs > computeMs ? bytes : macs}`;
  };
  const tower = await Tower.create(seededTowerWeights('bench', spec, VISUAL_DIM));
  try {
    const rows: BenchRow[] = [];
    for (const numStreams of STREAMS) {
      const batch = Array.from({ length: numStreams }, (_, stream) => ({
        state: tower.createState(),
        x: seededFloats('bench', `x${stream}`, spec.numInputs, 0.5),
      }));
      const { median, p99 } = await measureMs(() => tower.step(batch), { numRuns: 100, numWarmUps: 10 });
      rows.push({
        name: `tower step at paper size, a stream of ${numStreams}`,
        unit: 'ms',
        median: median / numStreams,
        p99: p99 / numStreams,
        floor: floor(numStreams),
      });
    }
    const x = seededFloats('bench', 'sequence', SEQUENCE_STEPS * spec.numInputs, 0.5);
    const sequence = () => tower.steps(tower.createState(), x, SEQUENCE_STEPS);
    const { median, p99 } = await measureMs(sequence, { numRuns: 10, numWarmUps: 2 });
    rows.push({
      name: `tower sequence of ${SEQUENCE_STEPS}, a step`,
      unit: 'ms',
      median: median / SEQUENCE_STEPS,
      p99: p99 / SEQUENCE_STEPS,
      floor: floor(SEQUENCE_STEPS),
    });
    return rows;
  } finally {
    await tower.release();
  }
}

/** GB/s that one thread of this machine reads from memory, measured on more than any cache holds. */
async function measureReadRate(): Promise<number> {
  const source = new Uint8Array(BANDWIDTH_BYTES).fill(1);
  // Searching for a byte that is not there reads everything with the C library's widest loads, and writes nothing.
  const { median } = await measureMs(() => Buffer.from(source.buffer).indexOf(2), {
    numRuns: 5,
    numWarmUps: 1,
  });
  return BANDWIDTH_BYTES / median / 1e6;
}

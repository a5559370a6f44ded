import type { BenchRow } from '../../core/bench-row.js';
import { measureMs } from '../../core/measure.js';
import { letterboxRgb, planLetterbox } from '../picture/letterbox.js';

const SIZES = [
  [1280, 720],
  [1920, 1080],
] as const;

/** Letterbox and resize of one picture to 224x224, as the decode child does six times a second. */
export async function run(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const [width, height] of SIZES) {
    const stride = width * 3;
    const data = Uint8Array.from({ length: stride * height }, (_, index) => (index * 2_654_435_761) >>> 24);
    const plan = planLetterbox(width, height);
    const { median, p99 } = await measureMs(() => letterboxRgb({ data, stride }, plan), {
      numRuns: 200,
      numWarmUps: 20,
    });
    rows.push({ name: `letterbox of ${width}x${height} RGB`, unit: 'ms', median, p99 });
  }
  return rows;
}

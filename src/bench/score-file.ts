import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchRow } from '../core/bench-row.js';
import { processEntry } from '../core/process-entry.js';
import { quantile } from '../core/quantile.js';

const NUM_RUNS = 3;
const MEDIA_SECONDS = 60;
const run = promisify(execFile);

/** `evoked score` as a whole process, start included, on a 60 s 1280x720 H.264+AAC file with B-frames. */
export async function benchScoreFile(): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evoked-bench-'));
  try {
    const media = join(folder, 'film.mp4');
    await run(process.execPath, [processEntry('bench/encode-test-film'), media, String(MEDIA_SECONDS)]);
    const speeds: number[] = [];
    for (let i = 0; i < NUM_RUNS; i++) {
      const startMs = performance.now();
      await run(process.execPath, [
        processEntry('cli/main'),
        'score',
        media,
        '--out',
        join(folder, 'scores.csv'),
      ]);
      speeds.push((MEDIA_SECONDS * 1000) / (performance.now() - startMs));
    }
    return [
      {
        name: 'score: 60 s of 720p25 H.264+AAC, whole process',
        unit: 'x real time',
        median: quantile(speeds, 0.5),
        note: `${NUM_RUNS} runs, slowest ${Math.min(...speeds).toFixed(1)}x`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

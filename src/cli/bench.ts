import { benchIsolation } from '../bench/isolation.js';
import { benchLive } from '../bench/live.js';
import { benchSoak } from '../bench/soak.js';
import { machineLine } from '../bench/machine-line.js';
import { runStage, isBenchStage, LOCAL_STAGES, type BenchStage } from '../bench/stages.js';
import type { BenchRow } from '../core/bench-row.js';
import { EvokedError } from '../core/errors.js';
import { startProgress } from './progress.js';

/** Flags of `evoked bench`. */
export interface BenchOptions {
  readonly live?: string;
  readonly minutes: number;
  readonly streams: number;
  readonly bystanders: number;
  readonly json: boolean;
}

/**
 * `evoked bench`.
 * @throws {EvokedError} ERR_USAGE where a stage cannot run as it is asked for, as `live` without a URL
 */
export async function runBench(stages: readonly string[], options: BenchOptions): Promise<void> {
  const wanted =
    stages.length > 0 ? stages : [...LOCAL_STAGES, ...(options.live === undefined ? [] : ['live'])];
  const rows: BenchRow[] = [];
  const report = (stageRows: readonly BenchRow[]) => {
    rows.push(...stageRows);
    if (!options.json) for (const row of stageRows) console.log(formatRow(row));
  };
  if (!options.json) console.log(machineLine());
  for (const stage of wanted.filter(isBenchStage)) {
    if (stage === 'live') report(await runLive(options));
    else if (stage === 'soak') report(await runSoak(options));
    else if (stage === 'isolation') report(await runIsolation(options));
    else report(await runStage(stage));
  }
  if (options.json) console.log(JSON.stringify({ machine: machineLine(), rows }, null, 2));
}

function runLive({ live, minutes }: BenchOptions): Promise<BenchRow[]> {
  if (live === undefined)
    throw new EvokedError('ERR_USAGE', { what: 'the live stage has no source', expected: '--live URL' });
  return forMinutes('live', minutes, (length) => benchLive({ url: live, ...length }));
}

function runSoak({ streams, minutes }: BenchOptions): Promise<BenchRow[]> {
  if (!Number.isInteger(streams) || streams < 2)
    throw new EvokedError('ERR_USAGE', {
      what: 'the soak stage has too few streams',
      expected: 'at least 2',
    });
  return forMinutes('soak', minutes, (length) => benchSoak({ numStreams: streams, ...length }));
}

function runIsolation({ bystanders, minutes }: BenchOptions): Promise<BenchRow[]> {
  if (!Number.isInteger(bystanders) || bystanders < 1)
    throw new EvokedError('ERR_USAGE', {
      what: 'the isolation stage has nobody to look at',
      expected: 'at least 1 bystander',
    });
  // It finds the decode children in /proc.
  if (process.platform !== 'linux')
    throw new EvokedError('ERR_USAGE', {
      what: 'the isolation stage does not run on this system',
      got: process.platform,
      expected: 'linux',
    });
  return forMinutes('isolation', minutes, (length) =>
    benchIsolation({ numBystanders: bystanders, ...length }),
  );
}

interface StageLength {
  readonly seconds: number;
  readonly onProgress: (secondsDone: number) => void;
}

async function forMinutes(
  stage: BenchStage,
  minutes: number,
  run: (length: StageLength) => Promise<BenchRow[]>,
): Promise<BenchRow[]> {
  const seconds = minutes * 60;
  const progress = startProgress(stage, seconds, 's');
  try {
    return await run({ seconds, onProgress: (done) => progress.update(done) });
  } finally {
    progress.stop();
  }
}

function formatRow({ name, unit, median, p99, floor, note }: BenchRow): string {
  const figures = [
    Number.isNaN(median) ? null : `median ${round(median)} ${unit}`,
    p99 === undefined ? null : `p99 ${round(p99)} ${unit}`,
    floor === undefined ? null : `floor ${floor}`,
    note ?? null,
  ];
  return `${name}: ${figures.filter((figure) => figure !== null).join(' · ')}`;
}

function round(value: number): string {
  return Math.abs(value) >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);
}

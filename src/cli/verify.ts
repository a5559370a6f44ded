import { lastValueFrom } from 'rxjs';
import { loadPack, packInfo } from '../model/index.js';
import { openFiniteInput } from '../server/offline/open-finite-input.js';
import { verifyMedia } from '../server/offline/verify-media.js';
import type { VerifyCheck, VerifyReport, VerifyRow } from '../server/offline/verify/verification.js';
import { untilInterrupted } from './interrupt.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked verify`. */
export interface VerifyOptions {
  readonly pack?: string;
  readonly limit: number;
  readonly json: boolean;
}

const CHECKS: Readonly<Record<VerifyCheck, string>> = {
  'streaming-offline': 'streaming against offline',
  'batch-alone': 'in a batch against alone',
  'restored-uninterrupted': 'restored in a second process against uninterrupted',
};

/**
 * `evoked verify`. The exit code is 1 where scores differ by more than they may.
 * @throws {EvokedError} of the source or the pack
 */
export async function runVerify(media: string, options: VerifyOptions): Promise<void> {
  const pack = await loadPack(options.pack);
  let progress: Progress | undefined;
  let report: VerifyReport;
  try {
    const report$ = verifyMedia({
      input: openFiniteInput(media),
      pack,
      limitSeconds: options.limit,
      onTracks: ({ durationSeconds }) => {
        progress = startProgress('verifying', Math.min(options.limit, durationSeconds ?? options.limit), 's');
      },
      onProgress: (secondsDone) => progress?.update(secondsDone),
    });
    report = await lastValueFrom(report$.pipe(untilInterrupted()));
  } finally {
    progress?.stop();
  }
  if (!report.ok) process.exitCode = 1;
  if (options.json) return console.log(JSON.stringify({ pack: packInfo(pack), ...report }, null, 2));
  const { name, version } = pack.manifest;
  console.log(`${report.numSegments} segments · pack ${name} ${version}`);
  for (const row of report.rows) console.log(rowLine(row));
}

function rowLine({ check, tower, numScores, maxAbs, relative, tolerance, ok }: VerifyRow): string {
  const start = `${ok ? 'ok     ' : 'FAILED '} ${CHECKS[check]} · ${tower}`;
  if (numScores === 0) return `${start} · nothing to compare: the media is too short`;
  const allowed = tolerance === 0 ? 'must be the same' : `may be ${tolerance}`;
  const difference = `largest difference ${maxAbs.toExponential(1)}, ${relative.toExponential(1)} of the largest score`;
  return `${start} · ${numScores} scores · ${difference} (${allowed})`;
}

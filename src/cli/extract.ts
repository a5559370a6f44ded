import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { lastValueFrom, tap } from 'rxjs';
import { removeAbandoned } from '../core/partial-file.js';
import { writing } from '../model/pack/durable-files.js';
import { EmbedPool } from '../server/offline/extract/embed-pool.js';
import { extractVideos } from '../server/offline/extract/extract-videos.js';
import {
  chooseExtractors,
  chosenDigests,
  type ExtractorChoice,
  type ExtractorDigests,
  type ExtractorWishes,
} from '../server/offline/extract/extractor-choice.js';
import { planExtraction } from '../server/offline/extract/plan-extraction.js';
import type { Video } from '../server/offline/extract/video.js';
import { ExtractProgress } from './extract-progress.js';
import { describeReport, extractReport } from './extract-report.js';
import { untilInterrupted } from './interrupt.js';
import { type VideoWishes, wantedVideos } from './wanted-videos.js';

/** Flags of `evoked extract`. */
export interface ExtractOptions extends VideoWishes, ExtractorWishes {
  readonly out: string;
  readonly workers?: number;
  readonly overwrite: boolean;
  readonly json: boolean;
}

/**
 * `evoked extract`: with `--json` the report goes to standard output, otherwise a line to standard error. The exit code is 1 where a video could not be extracted; the others are there then.
 * @throws {EvokedError} ERR_USAGE, ERR_FILE_FORMAT (features by other networks), ERR_FILE_WRITE, ERR_INTERRUPTED, or of the
 * networks
 */
export async function runExtract(media: readonly string[], options: ExtractOptions): Promise<void> {
  const { videos, unmatched } = await wantedVideos(media, options);
  const choice = await chooseExtractors(options);
  const digests = await chosenDigests(choice);
  await writing(options.out, mkdir(options.out, { recursive: true }));
  await removeAbandoned(options.out);
  const { toExtract, kept } = await planExtraction(videos, options.out, digests, options.overwrite);
  const startedMs = performance.now();
  const progress = await extractAll(toExtract, choice, digests, options);
  const report = extractReport({
    progress,
    numKept: kept.length,
    unmatched,
    wallSeconds: (performance.now() - startedMs) / 1000,
    digests,
  });
  if (report.failed.length > 0) process.exitCode = 1;
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else console.error(describeReport(report));
}

async function extractAll(
  videos: readonly Video[],
  choice: ExtractorChoice,
  digests: ExtractorDigests,
  options: ExtractOptions,
): Promise<ExtractProgress> {
  const progress = new ExtractProgress(videos);
  if (videos.length === 0) return progress;
  const numWorkers = options.workers ?? availableParallelism();
  const pool = new EmbedPool(choice, numWorkers);
  const outcomes$ = extractVideos({
    videos,
    folder: options.out,
    digests,
    pool,
    numVideos: numWorkers,
    onOpened: (video, durationSeconds) => progress.opened(video, durationSeconds),
    onProgress: (video, secondsDone) => progress.advanced(video, secondsDone),
  });
  try {
    await lastValueFrom(
      outcomes$.pipe(
        tap((outcome) => {
          progress.ended(outcome);
        }),
        untilInterrupted(() => `after ${progress.numWritten} feature files; run it again to go on`),
      ),
      { defaultValue: undefined },
    );
  } finally {
    progress.stop();
    await pool.close();
  }
  return progress;
}

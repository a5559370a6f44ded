import { extname } from 'node:path';
import { EvokedError } from '../core/errors.js';
import { NUM_LABELS } from '../core/labels.js';
import { segmentStartUs } from '../core/time-grid.js';
import { type FeatureRows, keepRows, readFeatureRows, TemporalHead } from '../model/index.js';
import { DigestCheck, listFeatureFiles, segmentAtSeconds } from '../training/dataset/index.js';
import { interruptible } from './interrupt.js';
import { type AtomicFile, openAtomicFile } from './output/atomic-file.js';
import { scoresCsvHeader, scoresCsvRow } from './output/scores-csv.js';
import { startProgress } from './progress.js';
import type { TemporalOptions } from './temporal.js';
import { annotatedSegments, readWantedSegments, type WantedSegments } from './temporal-labels.js';

/**
 * `evoked temporal` over a folder of feature files: one CSV of scores, the file names as ids. A file that cannot be scored is
 * reported and left out.
 * @throws {EvokedError} of the weights, the annotations or the output; ERR_FILE_FORMAT where no file can be scored, or the
 * features come from different extractors
 */
export async function runTemporalFolder(options: TemporalOptions): Promise<void> {
  if (extname(options.out).toLowerCase() !== '.csv') {
    const what = 'the scores of a folder go into one CSV';
    throw new EvokedError('ERR_USAGE', { what, got: options.out, expected: '--out FILE.csv' });
  }
  const files = await listFeatureFiles(options.features);
  const wanted = options.labels === undefined ? null : await readWantedSegments(options.labels);
  const scorer = new FolderScorer(await openHead(options), options, wanted);
  const progress = startProgress('scoring', files.size, 'videos');
  try {
    const out = await openAtomicFile(options.out);
    try {
      await out.write(scoresCsvHeader());
      await interruptible(async (signal) => {
        let numDone = 0;
        for (const [id, path] of files) {
          signal.throwIfAborted();
          await scorer.score(id, path, out);
          progress.update(++numDone);
        }
      });
      progress.stop();
      scorer.report(files.size);
      await out.commit();
    } finally {
      await out.discard();
    }
  } finally {
    progress.stop();
    await scorer.release();
  }
}

async function openHead(options: TemporalOptions): Promise<TemporalHead> {
  const head = await TemporalHead.open(options);
  if (head.numLabels === NUM_LABELS) return head;
  await head.release();
  const what = `${options.head} does not fit a CSV of scores`;
  throw new EvokedError('ERR_MODEL_WEIGHTS', {
    what,
    got: `${head.numLabels} outputs`,
    expected: `${NUM_LABELS}`,
  });
}

class FolderScorer {
  readonly #head: TemporalHead;
  readonly #options: TemporalOptions;
  readonly #wanted: WantedSegments | null;
  readonly #digests = new DigestCheck();
  readonly #skipped: string[] = [];
  #numVideos = 0;
  #numRows = 0;
  #numUnlabelled = 0;

  constructor(head: TemporalHead, options: TemporalOptions, wanted: WantedSegments | null) {
    this.#head = head;
    this.#options = options;
    this.#wanted = wanted;
  }

  async score(id: string, path: string, out: AtomicFile): Promise<void> {
    const keep = this.#wanted === null ? () => true : annotatedSegments(this.#wanted, id);
    if (keep === null) {
      this.#numUnlabelled += 1;
      return;
    }
    const all = await this.#read(path);
    const features = typeof all === 'string' ? all : keepRows(all, keep);
    const segments = typeof features === 'string' ? features : usableSegments(features);
    if (typeof features === 'string' || typeof segments === 'string') {
      this.#skipped.push(`skipped ${id}: ${segments as string}`);
      return;
    }
    const { mode = 'offline', modality } = this.#options;
    this.#digests.add({ path, digests: new Map([[modality, features.extractorDigest]]) });
    const scores = await this.#head.score(features, { mode });
    const lines = segments.map((segment, row) => {
      const vector = Array.from(scores.subarray(row * NUM_LABELS, (row + 1) * NUM_LABELS));
      return scoresCsvRow(id, segmentStartUs(segment), vector);
    });
    await out.write(lines.join(''));
    this.#numVideos += 1;
    this.#numRows += lines.length;
  }

  /**
   * Tells what was done.
   * @throws {EvokedError} ERR_FILE_FORMAT where nothing was scored
   */
  report(numFiles: number): void {
    const unlabelled =
      this.#numUnlabelled === 0 ? '' : ` · ${this.#numUnlabelled} without annotations left out`;
    if (this.#numVideos === 0) {
      const what = `no video of ${this.#options.features} can be scored`;
      const got = `${numFiles} feature files${unlabelled}${this.#skipped.map((line) => ` · ${line}`)[0] ?? ''}`;
      throw new EvokedError('ERR_FILE_FORMAT', { what, got });
    }
    for (const line of this.#skipped) console.error(line);
    const scored = `${this.#numRows} rows of ${this.#numVideos} videos · divided by ${this.#head.scale}`;
    const skipped = this.#skipped.length === 0 ? '' : ` · ${this.#skipped.length} skipped`;
    console.error(`${scored}${unlabelled}${skipped}`);
  }

  release(): Promise<void> {
    return this.#head.release();
  }

  async #read(path: string): Promise<FeatureRows | string> {
    try {
      return await readFeatureRows(path, this.#options.modality);
    } catch (cause) {
      if (cause instanceof EvokedError && cause.code === 'ERR_FILE_FORMAT') return cause.message;
      throw cause;
    }
  }
}

/** The segment of each row, or one line that says why the rows cannot be scored. */
function usableSegments({ rows, seconds }: FeatureRows): number[] | string {
  if (seconds.length === 0) return 'no row to score';
  if (!rows.every(Number.isFinite)) return 'its features are not all numbers';
  const segments = Array.from(seconds, segmentAtSeconds);
  const wrong = segments.findIndex(
    (segment, row) => segment === null || segment <= (segments[row - 1] ?? -1),
  );
  if (wrong >= 0)
    return `row ${wrong} begins at ${seconds[wrong]} s, which is not the next multiple of 1/6 s`;
  return segments.filter((segment) => segment !== null);
}

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { from, lastValueFrom } from 'rxjs';
import { EvokedError } from '../core/errors.js';
import { writing } from '../model/pack/durable-files.js';
import { replaceTextFile } from '../training/run/replace-file.js';
import {
  evaluateEnsemble,
  PAPER_ENSEMBLE,
  PAPER_TABLE,
  PUBLISHED_NOTE,
  tableText,
  type TableRow,
} from '../training/recipe/index.js';
import type { TrainingRequest, TrainingResult } from '../training/run/index.js';
import { untilInterrupted } from './interrupt.js';
import { startProgress } from './progress.js';
import { runTrain } from './train.js';

/** What the table prints and keeps. */
export interface RecipeTable {
  readonly recipe: string;
  readonly numValidationVideos: number;
  readonly rows: readonly TableRow[];
}

/** Option of each row that the recipe itself decides. */
const DECIDED = { modality: '--modality', position: '--no-position', dropout: '--dropout' } as const;

/**
 * `evoked train --recipe paper-table-1`: every row into a folder of its own below `--out`, then the table.
 * @throws {EvokedError} of the runs; ERR_USAGE where an option is the recipe's own, or validation videos are missing
 */
export async function runRecipe(request: TrainingRequest, json: boolean): Promise<RecipeTable> {
  requireFreeOptions(request);
  await writing(
    request.out,
    mkdir(request.out, { recursive: true }).then(() => undefined),
  );
  const rows: TableRow[] = [];
  const results = new Map<string, TrainingResult>();
  for (const [index, { key, title, options, published }] of PAPER_TABLE.entries()) {
    const say = json ? console.error : console.log;
    say(`\nrow ${index + 1} of ${PAPER_TABLE.length}: ${title}`);
    const folder = join(request.out, key);
    const result = await runTrain({
      request: { ...request, out: folder, options: { ...request.options, ...options } },
      json,
      resumeWith: `the same command and --resume`,
    });
    results.set(key, result);
    const kept = result.rows.find(({ epoch }) => epoch === result.keptEpoch)?.validation ?? null;
    const figures = { mRho: kept?.mRho ?? null, mRhoDefined: kept?.mRhoDefined ?? null };
    rows.push({ title, ...figures, epoch: result.keptEpoch, published, folder });
  }
  const { figures, numVideos } = await ensembleRow(results);
  rows.push(figures);
  const table = { recipe: 'paper-table-1', numValidationVideos: numVideos, rows };
  await replaceTextFile(join(request.out, 'table.json'), `${JSON.stringify(table, null, 2)}\n`);
  await replaceTextFile(join(request.out, 'table.txt'), `${tableText(rows, numVideos)}\n`);
  return table;
}

async function ensembleRow(
  results: ReadonlyMap<string, TrainingResult>,
): Promise<{ figures: TableRow; numVideos: number }> {
  const { title, published, shares } = PAPER_ENSEMBLE;
  const [visual, audio] = [results.get(PAPER_ENSEMBLE.visual)!, results.get(PAPER_ENSEMBLE.audio)!];
  const data = visual.record.validation!;
  const bar = startProgress('ensemble', visual.record.facts.validation!.numVideos, 'videos');
  try {
    const work = evaluateEnsemble({
      towers: { visual: visual.tower, audio: audio.tower },
      ...{ shares, data },
      onProgress: (done) => bar.update(done),
    });
    const outcome = (): string => 'before the table; all towers are trained: the same command and --resume';
    const { numVideos, ...mRhos } = await lastValueFrom(from(work).pipe(untilInterrupted(outcome)));
    return { figures: { title, ...mRhos, epoch: null, published, folder: null }, numVideos };
  } finally {
    bar.stop();
  }
}

function requireFreeOptions({ options, valLabels }: TrainingRequest): void {
  for (const [name, flag] of Object.entries(DECIDED)) {
    const value = options[name as keyof typeof DECIDED];
    if (value === undefined) continue;
    throw new EvokedError('ERR_USAGE', {
      what: `the recipe decides ${flag} itself, a row at a time`,
      got: `${value}`,
    });
  }
  if (valLabels === undefined) {
    throw new EvokedError('ERR_USAGE', {
      what: 'the recipe needs validation videos',
      expected: '--val-labels',
    });
  }
}

/** Prints the table. */
export function printTable(table: RecipeTable, json: boolean): void {
  if (json) console.log(JSON.stringify({ ...table, note: PUBLISHED_NOTE }, null, 2));
  else console.log(`\n${tableText(table.rows, table.numValidationVideos)}`);
}

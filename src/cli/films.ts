import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { NUM_LABELS } from '../core/labels.js';
import { replaceWhole } from '../core/partial-file.js';
import { SEGMENT_RATE, segmentStartUs } from '../core/time-grid.js';
import { designedForSegment } from '../streams/film/designed-labels.js';
import { encodeFilms } from '../streams/film/encode/encode-films.js';
import { FilmFolder, type FilmForm } from '../streams/film/encode/film-folder.js';
import { createFilm } from '../streams/film/film.js';
import { untilInterrupted } from './interrupt.js';
import { scoresCsvHeader, scoresCsvRow } from './output/scores-csv.js';
import { startProgress } from './progress.js';

/** Flags of `evoked films`. */
export interface FilmsOptions extends FilmForm {
  readonly seed: string;
  readonly count: number;
  readonly first: number;
  readonly out: string;
  readonly workers?: number;
  /** No films, only what they are designed to evoke. */
  readonly labelsOnly: boolean;
  readonly json: boolean;
}

const LABELS_FILE = 'labels.csv';

/**
 * `evoked films`: what is there already is kept. `labels.csv` holds what every film of the folder is designed to evoke, by
 * `designedForSegment`.
 * @throws {EvokedError} ERR_FILE_FORMAT (the folder holds other films), ERR_FILE_WRITE, ERR_NOT_SUPPORTED, ERR_INTERRUPTED
 */
export async function runFilms({ seed, count, first, out, ...options }: FilmsOptions): Promise<void> {
  const form: FilmForm = { seconds: options.seconds, fps: options.fps };
  const wanted = Array.from({ length: count }, (_, index) => `${seed}-${first + index}`);
  if (options.labelsOnly) {
    await mkdir(out, { recursive: true });
    await replaceWhole(join(out, LABELS_FILE), (partial) => writeLabels(partial, wanted, form.seconds));
    console.error(`${join(out, LABELS_FILE)}: ${wanted.length} films`);
    return;
  }
  const folder = await FilmFolder.open(out, form);
  const there = new Set(await folder.seeds());
  const seeds = wanted.filter((each) => !there.has(each));
  const startedMs = performance.now();
  await encodeAll(folder, form, seeds, options.workers ?? availableParallelism());
  const wallSeconds = (performance.now() - startedMs) / 1000;
  const all = await folder.seeds();
  await replaceWhole(join(out, LABELS_FILE), (partial) => writeLabels(partial, all, form.seconds));
  const report = {
    numWritten: seeds.length,
    numKept: wanted.length - seeds.length,
    mediaSeconds: seeds.length * form.seconds,
    wallSeconds: round(wallSeconds),
    timesRealTime: round((seeds.length * form.seconds) / wallSeconds),
  };
  if (options.json) console.log(JSON.stringify(report, null, 2));
  else {
    const kept = report.numKept === 0 ? '' : ` · ${report.numKept} kept`;
    const speed = `${report.mediaSeconds} s of media in ${report.wallSeconds} s, ${report.timesRealTime}x real time`;
    console.error(`${report.numWritten} films written${kept} · ${speed}`);
  }
}

async function encodeAll(
  folder: FilmFolder,
  form: FilmForm,
  seeds: readonly string[],
  numProcesses: number,
): Promise<void> {
  const progress = startProgress('encoding', seeds.length * form.seconds, 's');
  const done = new Map<string, number>();
  let numWhole = 0;
  const films$ = encodeFilms({ folder, form, seeds, numProcesses }).pipe(
    tap(({ seed, secondsDone, isWhole }) => {
      if (isWhole) numWhole += 1;
      done.set(seed, secondsDone);
      progress.update([...done.values()].reduce((sum, each) => sum + each, 0));
    }),
    untilInterrupted(() => `after ${numWhole} films; run it again to go on`),
  );
  try {
    await lastValueFrom(films$, { defaultValue: undefined });
  } finally {
    progress.stop();
  }
}

async function writeLabels(path: string, seeds: readonly string[], seconds: number): Promise<void> {
  const nothing = new Array<number>(NUM_LABELS).fill(0);
  const rows = seeds.map((seed) => {
    const film = createFilm(seed);
    return Array.from({ length: Math.round(seconds * SEGMENT_RATE) }, (_, k) =>
      scoresCsvRow(seed, segmentStartUs(k), designedForSegment(film, k) ?? nothing),
    ).join('');
  });
  await writeFile(path, [scoresCsvHeader(), ...rows].join(''));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

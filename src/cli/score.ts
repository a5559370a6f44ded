import { basename, extname } from 'node:path';
import { firstValueFrom, takeWhile, concatMap, ignoreElements, endWith } from 'rxjs';
import type { PositionPolicy } from '../core/config.js';
import { EvokedError } from '../core/errors.js';
import type { Score } from '../core/score.js';
import { createScoringEngine, loadPack } from '../model/index.js';
import { scoreMedia } from '../server/offline/score-media.js';
import { createCsvEncoder } from './output/csv-encoder.js';
import { createJsonlEncoder } from './output/jsonl-encoder.js';
import { createParquetEncoder } from './output/parquet-encoder.js';
import { openScoreSink } from './output/score-sink.js';
import { SCORE_FORMATS, type ScoreEncoder, type ScoreFormat } from './output/score-writer.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked score`. */
export interface ScoreOptions {
  readonly pack?: string;
  readonly format?: ScoreFormat;
  readonly out?: string;
  readonly id?: string;
  readonly limit?: number;
  readonly position: PositionPolicy;
}

const ENCODERS: Record<ScoreFormat, (videoId: string) => ScoreEncoder> = {
  csv: createCsvEncoder,
  jsonl: createJsonlEncoder,
  parquet: createParquetEncoder,
};

/**
 * `evoked score`.
 * @throws {EvokedError} of the source, the pack or the output file
 */
export async function runScore(media: string, options: ScoreOptions): Promise<void> {
  const format = chooseFormat(options);
  if (format === 'parquet' && options.out === undefined)
    throw new EvokedError('ERR_USAGE', {
      what: 'parquet cannot go to standard output',
      expected: '--out FILE',
    });

  const pack = await loadPack(options.pack);
  const engine = await createScoringEngine(pack, { visualWorkers: 1, audioWorkers: 1 });
  const sink = await openScoreSink(options.out, ENCODERS[format](options.id ?? videoIdOf(media)));
  let progress: Progress | undefined;
  let numScores = 0;
  let numMissing = 0;
  const scores$ = scoreMedia({
    url: media,
    engine,
    position: options.position,
    onTracks: ({ durationSeconds }) => {
      const total = options.limit ?? durationSeconds ?? null;
      progress = startProgress('scoring', total, 's');
    },
  }).pipe(
    takeWhile((event) => event.type !== 'score' || event.ptsUs < (options.limit ?? Infinity) * 1e6),
    concatMap(async (event) => {
      if (event.type === 'gap') numMissing += event.toSeq - event.fromSeq + 1;
      if (event.type !== 'score') return;
      numScores += 1;
      progress?.update(event.ptsUs / 1e6);
      await sink.add(event satisfies Score);
    }),
    ignoreElements(),
    endWith(null),
  );
  try {
    await firstValueFrom(scores$);
    await sink.commit();
  } finally {
    progress?.stop();
    await sink.discard();
    await engine.close();
  }
  const untrained = engine.pack.trained ? '' : ' · UNTRAINED pack: these numbers mean nothing';
  const missing = numMissing === 0 ? '' : ` · ${numMissing} segments missing`;
  console.error(
    `${numScores} scores · pack ${engine.pack.name} ${engine.pack.version}${missing}${untrained}`,
  );
}

function chooseFormat({ format, out }: ScoreOptions): ScoreFormat {
  const ending = out === undefined ? 'csv' : extname(out).slice(1).toLowerCase();
  return format ?? SCORE_FORMATS.find((known) => known === ending) ?? 'csv';
}

function videoIdOf(media: string): string {
  return basename(media.replace(/[?#].*$/, ''), extname(media));
}

import { basename, extname } from 'node:path';
import { concatMap, lastValueFrom } from 'rxjs';
import type { PositionPolicy } from '../core/config.js';
import { EvokedError } from '../core/errors.js';
import type { Modality, SourceTracks } from '../core/media.js';
import { createScoringEngine, loadPack, packInfo } from '../model/index.js';
import type { ScoringEngine } from '../model/scoring.js';
import type { MediaInput } from '../streams/media-input.js';
import { openFiniteInput, requireEnd } from '../server/offline/open-finite-input.js';
import { scoreMedia } from '../server/offline/score-media.js';
import { untilInterrupted } from './interrupt.js';
import { createCsvEncoder } from './output/csv-encoder.js';
import { createJsonlEncoder } from './output/jsonl-encoder.js';
import { createParquetEncoder } from './output/parquet-encoder.js';
import { openScoreSink, type ScoreSink } from './output/score-sink.js';
import {
  SCORE_FORMATS,
  type ScoreEncoder,
  type ScoreFileHeader,
  type ScoreFormat,
} from './output/score-writer.js';
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

const ENCODERS: Record<ScoreFormat, (header: ScoreFileHeader) => ScoreEncoder> = {
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
  requireEnd(media, options.limit);
  const input = openFiniteInput(media);
  const pack = await loadPack(options.pack);
  const header = { videoId: options.id ?? videoIdOf(media), pack: packInfo(pack) };
  const sink = await openScoreSink(options.out, ENCODERS[format](header));
  const engine = createScoringEngine(pack, { visualWorkers: 1, audioWorkers: 1 });
  engine.catch(() => undefined); // told by the first segment, which may come later
  try {
    const onOpen = (): void => {
      const { name, trained, trainedOn } = packInfo(pack);
      const warning = trained ? '' : 'UNTRAINED: the scores of this run mean nothing; ';
      console.error(`${warning}pack ${name}, trained on: ${trainedOn}`);
    };
    const summary = await scoreInto(sink, input, engine, options, onOpen);
    await sink.commit();
    console.error(`${summary} · ${describePack(await engine)}`);
  } finally {
    await sink.discard();
    await engine.then(
      (loaded) => loaded.close(),
      () => undefined,
    );
  }
}

async function scoreInto(
  sink: ScoreSink,
  input: MediaInput,
  engine: Promise<ScoringEngine>,
  options: ScoreOptions,
  onOpen: () => void,
): Promise<string> {
  let progress: Progress | undefined;
  let numScores = 0;
  let numMissing = 0;
  let tracks: SourceTracks | null = null;
  const events$ = scoreMedia({
    input,
    engine,
    position: options.position,
    ...(options.limit === undefined ? {} : { limitSeconds: options.limit }),
    onTracks: (known) => {
      tracks = known;
      onOpen();
      progress = startProgress('scoring', options.limit ?? known.durationSeconds, 's');
    },
  }).pipe(
    concatMap(async (event) => {
      if (event.type === 'gap') numMissing += event.toSeq - event.fromSeq + 1;
      if (event.type !== 'score') return;
      numScores += 1;
      progress?.update(event.ptsUs / 1e6);
      await sink.add(event);
    }),
    untilInterrupted(),
  );
  try {
    await lastValueFrom(events$, { defaultValue: undefined });
  } finally {
    progress?.stop();
  }
  const missing = numMissing === 0 ? '' : ` · ${numMissing} segments missing`;
  return `${numScores} scores${missing}${missingTrack(tracks, (await engine).modalities)}`;
}

/** What half of the scores' ground the source lacks. */
function missingTrack(tracks: SourceTracks | null, modalities: readonly Modality[]): string {
  if (tracks === null || modalities.length < 2) return '';
  if (tracks.audio === null) return ' · no sound: the picture alone';
  return tracks.video === null ? ' · no picture: the sound alone' : '';
}

function describePack({ pack }: ScoringEngine): string {
  return `pack ${pack.name} ${pack.version}${pack.trained ? '' : ' · UNTRAINED: these numbers mean nothing'}`;
}

function chooseFormat({ format, out }: ScoreOptions): ScoreFormat {
  if (format !== undefined) return format;
  if (out === undefined) return 'csv';
  const ending = extname(out);
  const named = SCORE_FORMATS.find((known) => `.${known}` === ending.toLowerCase());
  if (named !== undefined) return named;
  throw new EvokedError('ERR_USAGE', {
    what: `the ending of ${out} names no format`,
    got: ending === '' ? 'no ending' : ending,
    expected: `${SCORE_FORMATS.map((known) => `.${known}`).join(', ')}, or --format`,
  });
}

function videoIdOf(media: string): string {
  return basename(media.replace(/[?#].*$/, ''), extname(media));
}

import { NUM_LABELS } from '../../core/labels.js';
import { EvokedError } from '../../core/errors.js';
import { combineScores } from '../../model/ensemble.js';
import type { VideoRows } from '../dataset/index.js';
import { alignRows } from './align-rows.js';
import { readScoreTables } from './score-tables.js';

/** Two towers' scores, and how they are put together. */
export interface EnsembleOptions {
  /** A CSV of scores, or a folder of them. */
  readonly visual: string;
  readonly audio: string;
  /** Share of the visual scores, in [0, 1]; the audio scores have the rest. The paper's is 0.8. */
  readonly lambda: number;
  readonly onProgress?: (stage: 'audio' | 'visual', bytesDone: number, totalBytes: number) => void;
}

/** The scores of one video, put together. */
export interface EnsembleVideo {
  readonly id: string;
  /** `[T]`, microseconds, ascending. */
  readonly timesUs: readonly number[];
  /** `[T]` of `[15]`. */
  readonly scores: readonly (readonly number[])[];
  /** Rows that only one modality had; it counts alone in them. */
  readonly numVisualOnly: number;
  readonly numAudioOnly: number;
}

/**
 * Equation 5 of the paper, lambda · visual + (1 − lambda) · audio, row by row; where one modality has no row the other counts
 * alone. Videos come in the order of the visual scores, then those with audio alone. The visual scores are read as a
 * stream, the audio scores are held in memory: 68 bytes a row.
 * @throws {EvokedError} ERR_FILE_FORMAT where a file, or a video in it, is malformed
 */
export async function* ensemble(options: EnsembleOptions): AsyncGenerator<EnsembleVideo> {
  const { lambda, onProgress } = options;
  const audioOf = new Map<string, VideoRows>();
  const progress = (stage: 'audio' | 'visual') => ({
    onProgress: (bytesDone: number, totalBytes: number) => onProgress?.(stage, bytesDone, totalBytes),
  });
  for await (const audio of wholeVideos(options.audio, progress('audio'))) audioOf.set(audio.id, audio);
  for await (const visual of wholeVideos(options.visual, progress('visual'))) {
    yield combineVideo(visual.id, visual, audioOf.get(visual.id), lambda);
    audioOf.delete(visual.id);
  }
  for (const audio of audioOf.values()) yield combineVideo(audio.id, undefined, audio, lambda);
}

async function* wholeVideos(
  path: string,
  options: { readonly onProgress: (bytesDone: number, totalBytes: number) => void },
): AsyncGenerator<VideoRows> {
  for await (const video of readScoreTables({ path, ...options })) {
    if (video.type === 'video') yield video;
    else
      throw new EvokedError('ERR_FILE_FORMAT', { what: `${path}: scores of ${video.id}: ${video.reason}` });
  }
}

const NO_ROWS = new Float64Array(0);

function combineVideo(
  id: string,
  visual: VideoRows | undefined,
  audio: VideoRows | undefined,
  lambda: number,
): EnsembleVideo {
  const shares = { visual: lambda, audio: 1 - lambda };
  const timesUs: number[] = [];
  const scores: (readonly number[])[] = [];
  let [numVisualOnly, numAudioOnly] = [0, 0];
  for (const { first, second } of alignRows(visual?.timesUs ?? NO_ROWS, audio?.timesUs ?? NO_ROWS)) {
    const combined = combineScores(rowOf(visual, first), rowOf(audio, second), shares)!;
    timesUs.push(first === undefined ? audio!.timesUs[second!]! : visual!.timesUs[first]!);
    scores.push(combined.scores);
    if (second === undefined) numVisualOnly += 1;
    if (first === undefined) numAudioOnly += 1;
  }
  return { id, timesUs, scores, numVisualOnly, numAudioOnly };
}

function rowOf(video: VideoRows | undefined, row: number | undefined): number[] | null {
  if (video === undefined || row === undefined) return null;
  return Array.from(video.values.subarray(row * NUM_LABELS, (row + 1) * NUM_LABELS));
}

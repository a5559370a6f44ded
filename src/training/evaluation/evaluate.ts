import { EvokedError } from '../../core/errors.js';
import { readAnnotations, type SkippedVideo } from '../dataset/index.js';
import { type Figures, summarize } from './figures.js';
import { readScoreTables } from './score-tables.js';
import { type VideoResult, videoResult } from './video-result.js';

/** What is held against what. */
export interface EvaluationOptions {
  /** EEV's CSV of annotations. */
  readonly labels: string;
  /** A CSV of scores, or a folder of them. */
  readonly scores: string;
  /** Of the intervals and of the shuffled labels. */
  readonly seed: number;
  readonly onProgress?: (stage: 'labels' | 'scores', bytesDone: number, totalBytes: number) => void;
}

/** How well scores agree with annotations. */
export interface Evaluation extends Figures {
  /** From best to worst, by `mean`. */
  readonly videos: readonly VideoResult[];
  /** Videos with usable annotations, those without scores among them. */
  readonly numAnnotatedVideos: number;
  /** Over `videos`: annotated segments with a score, those without, and scores at other times. */
  readonly numSteps: number;
  readonly numUnscored: number;
  readonly numUnannotated: number;
  readonly idsWithoutScores: readonly string[];
  readonly idsWithoutLabels: readonly string[];
  readonly skipped: readonly SkippedVideo[];
}

/**
 * Evaluates scores as the EEV challenge does. The annotations are held in memory, the scores are read as a stream.
 * @throws {EvokedError} ERR_FILE_FORMAT where a file is malformed, or no video has both annotations and scores
 */
export async function evaluate(options: EvaluationOptions): Promise<Evaluation> {
  const { seed, onProgress } = options;
  const annotations = await readAnnotations(options.labels, (...bytes) => onProgress?.('labels', ...bytes));
  const reasons = new Map(annotations.skipped.map(({ id, reason }) => [id, reason]));
  const idsWithoutLabels: string[] = [];
  const results = new Map<string, VideoResult>();
  const tables = readScoreTables({
    path: options.scores,
    onProgress: (...bytes) => onProgress?.('scores', ...bytes),
  });
  for await (const scores of tables) {
    const annotated = annotations.videos.get(scores.id);
    if (annotated === undefined) {
      if (!reasons.has(scores.id)) idsWithoutLabels.push(scores.id);
      continue;
    }
    const result = scores.type === 'video' ? videoResult(annotated, scores, seed) : null;
    if (result !== null) {
      results.set(scores.id, result);
      continue;
    }
    results.delete(scores.id);
    reasons.set(
      scores.id,
      scores.type === 'fault' ? `scores: ${scores.reason}` : 'no score at an annotated time',
    );
  }
  const videos = [...results.values()].sort((a, b) => b.mean - a.mean);
  const skipped = Array.from(reasons, ([id, reason]) => ({ id, reason }));
  if (videos.length === 0) throw nothingMatches(options, annotations.videos.size, skipped);
  return {
    ...summarize(videos, seed),
    videos,
    numAnnotatedVideos: annotations.videos.size,
    numSteps: total(videos, 'numSteps'),
    numUnscored: total(videos, 'numUnscored'),
    numUnannotated: total(videos, 'numUnannotated'),
    idsWithoutScores: [...annotations.videos.keys()].filter((id) => !results.has(id) && !reasons.has(id)),
    idsWithoutLabels: [...new Set(idsWithoutLabels)],
    skipped,
  };
}

function total(videos: readonly VideoResult[], count: 'numSteps' | 'numUnscored' | 'numUnannotated'): number {
  return videos.reduce((sum, video) => sum + video[count], 0);
}

function nothingMatches(
  { labels, scores }: EvaluationOptions,
  numAnnotated: number,
  [first]: readonly SkippedVideo[],
): EvokedError {
  const skipped = first === undefined ? '' : `; the first that was skipped is ${first.id}: ${first.reason}`;
  return new EvokedError('ERR_FILE_FORMAT', {
    what: `no video has both annotations in ${labels} and scores in ${scores}`,
    got: `${numAnnotated} annotated videos${skipped}`,
    expected: 'the same ids in both',
  });
}

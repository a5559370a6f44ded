import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { type InputStatistics, InputStatisticsSum } from '../trainer/index.js';
import type { TrainingEvent } from './events.js';
import type { SplitData } from './open-data.js';
import { readAhead } from './read-ahead.js';

/** What one look at all training videos tells. */
export interface Survey {
  readonly numVideos: number;
  readonly numSteps: number;
  readonly embeddingDim: number;
  readonly maxSeconds: number;
  /** Null where it was not asked for. */
  readonly statistics: InputStatistics | null;
}

/**
 * Reads every training video once before the first epoch: what is wrong with one shows in minutes then, not after hours.
 * @throws {EvokedError} ERR_FILE_FORMAT where no video is left, or embeddings have different widths
 */
export async function surveyVideos(
  { dataset, ids }: SplitData,
  { modality, standardize }: { readonly modality: Modality; readonly standardize: boolean },
  emit: (event: TrainingEvent) => void,
): Promise<Survey> {
  const sum = new InputStatisticsSum();
  let [numVideos, numSteps, embeddingDim, maxSeconds] = [0, 0, 0, 0];
  for await (const { sequence, index } of readAhead(dataset, ids, modality)) {
    emit({ type: 'progress', stage: 'checking', epoch: null, done: index + 1, total: ids.length });
    if (sequence === null) continue;
    const dim = sequence.embeddings.length / sequence.numSteps;
    if (numVideos > 0 && dim !== embeddingDim) {
      const what = `${modality} features of ${sequence.id} have another width than those before`;
      throw new EvokedError('ERR_FILE_FORMAT', { what, got: `${dim}`, expected: `${embeddingDim}` });
    }
    embeddingDim = dim;
    numVideos += 1;
    numSteps += sequence.numSteps;
    maxSeconds = Math.max(maxSeconds, sequence.seconds.at(-1) ?? 0);
    if (standardize) sum.add(sequence);
  }
  if (numVideos === 0) {
    const expected = 'one at least';
    throw new EvokedError('ERR_FILE_FORMAT', { what: 'no training video can be used', got: '0', expected });
  }
  return { numVideos, numSteps, embeddingDim, maxSeconds, statistics: standardize ? sum.result() : null };
}

import { NUM_LABELS } from '../../core/labels.js';
import type { Modality } from '../../core/media.js';
import { combineScores, type EnsembleShares } from '../../model/index.js';
import { TemporalHead } from '../../model/temporal-head.js';
import { openDataset } from '../dataset/index.js';
import { mRho, videoCorrelations } from '../metric/index.js';
import type { RunData } from '../run/index.js';
import type { TrainingSequence } from '../sequence.js';

/** Two towers and the videos that they are tried on. */
export interface EnsembleRequest {
  /** Tower files. */
  readonly towers: Readonly<Record<Modality, string>>;
  readonly shares: EnsembleShares;
  readonly data: RunData;
  readonly onProgress?: (numDone: number, numVideos: number) => void;
}

/** M_rho of an ensemble. */
export interface EnsembleFigures {
  readonly numVideos: number;
  /** As the authors count: correlations that are not defined are -1. */
  readonly mRho: number | null;
  readonly mRhoDefined: number | null;
}

/**
 * M_rho of `combineScores` over two towers, each run as when deployed. Where a segment has one modality only, that counts
 * alone, as it does live.
 * @throws {EvokedError} ERR_FILE_FORMAT, ERR_MODEL_WEIGHTS
 */
export async function evaluateEnsemble(request: EnsembleRequest): Promise<EnsembleFigures> {
  const { towers, shares, data, onProgress } = request;
  const dataset = await openDataset(data);
  const heads = {
    visual: await TemporalHead.open({ head: towers.visual, raw: false }),
    audio: await TemporalHead.open({ head: towers.audio, raw: false }),
  };
  try {
    const perVideo: (number | null)[][] = [];
    for (const [index, { id, modalities }] of dataset.videos.entries()) {
      const steps = new Map<number, EnsembleStep>();
      for (const modality of modalities) {
        const sequence = await dataset.readSequence(id, modality);
        if (sequence === null) continue;
        addSteps(steps, sequence, await scoreSequence(heads[modality], sequence));
      }
      if (steps.size > 0) perVideo.push(correlate([...steps.values()], shares));
      onProgress?.(index + 1, dataset.videos.length);
    }
    return {
      numVideos: perVideo.length,
      mRho: mRho(perVideo, { undefinedAs: -1 }),
      mRhoDefined: mRho(perVideo, { undefinedAs: 'skip' }),
    };
  } finally {
    await Promise.all([heads.visual.release(), heads.audio.release()]);
  }
}

function scoreSequence(
  head: TemporalHead,
  { embeddings, numSteps, seconds }: TrainingSequence,
): Promise<Float32Array> {
  const features = {
    rows: embeddings,
    dim: embeddings.length / numSteps,
    seconds: Float64Array.from(seconds),
  };
  // The digests were held together when the run was begun.
  return head.score({ ...features, extractorDigest: null }, { mode: 'offline' });
}

interface EnsembleStep {
  readonly labels: readonly number[];
  visual: readonly number[] | null;
  audio: readonly number[] | null;
}

function addSteps(
  steps: Map<number, EnsembleStep>,
  { modality, seconds, labels }: TrainingSequence,
  scores: Float32Array,
): void {
  for (const [row, second] of seconds.entries()) {
    const [begin, end] = [row * NUM_LABELS, (row + 1) * NUM_LABELS];
    const step = steps.get(second) ?? { labels: [...labels.subarray(begin, end)], visual: null, audio: null };
    step[modality] = [...scores.subarray(begin, end)];
    steps.set(second, step);
  }
}

function correlate(steps: readonly EnsembleStep[], shares: EnsembleShares): (number | null)[] {
  const labels = new Float32Array(steps.length * NUM_LABELS);
  const scores = new Float32Array(steps.length * NUM_LABELS);
  for (const [row, step] of steps.entries()) {
    labels.set(step.labels, row * NUM_LABELS);
    scores.set(combineScores(step.visual, step.audio, shares)!.scores, row * NUM_LABELS);
  }
  return videoCorrelations(labels, scores);
}

import { createHash } from 'node:crypto';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { type Dataset, openDataset } from '../dataset/index.js';
import type { Split, TrainingEvent } from './events.js';
import type { DataFacts, RunData } from './run-record.js';

/** One set of videos of a run. */
export interface SplitData {
  readonly dataset: Dataset;
  /** With annotations and features of the modality, in the order of the labels' file. */
  readonly ids: readonly string[];
  readonly digest: string;
}

/** A run's videos, and what is compared of them when it goes on. */
export interface OpenedData {
  readonly training: SplitData;
  readonly validation: SplitData | null;
  readonly facts: DataFacts;
}

/** What is opened. */
export interface DataRequest {
  readonly modality: Modality;
  readonly training: RunData;
  readonly validation: RunData | null;
}

/**
 * Opens both sets of videos.
 * @throws {EvokedError} ERR_FILE_FORMAT where a file is malformed, nothing matches, or the sets' features come from
 * different extractors
 */
export async function openData(
  { modality, training: trainingData, validation: validationData }: DataRequest,
  emit: (event: TrainingEvent) => void,
): Promise<OpenedData> {
  const training = await openSplit('training', trainingData, modality, emit);
  const validation =
    validationData === null ? null : await openSplit('validation', validationData, modality, emit);
  const extractorDigest = training.dataset.extractorDigest(modality);
  const ofValidation = validation?.dataset.extractorDigest(modality) ?? null;
  if (validation !== null && ofValidation !== extractorDigest) {
    throw new EvokedError('ERR_FILE_FORMAT', {
      what: `${modality} features of the validation videos come from another extractor than those of training`,
      got: ofValidation ?? 'no digest',
      expected: extractorDigest ?? 'no digest',
    });
  }
  const facts = {
    training: splitFacts(training),
    validation: validation === null ? null : splitFacts(validation),
    extractorDigest,
  };
  return { training, validation, facts };
}

async function openSplit(
  split: Split,
  { labels, features }: RunData,
  modality: Modality,
  emit: (event: TrainingEvent) => void,
): Promise<SplitData> {
  const dataset = await openDataset({
    labels,
    features,
    onProgress: (done, total) => emit({ type: 'progress', stage: 'labels', epoch: null, done, total }),
    onSkip: ({ id, reason }) => emit({ type: 'skip', split, id, reason }),
  });
  const videos = dataset.videos.filter(({ modalities }) => modalities.includes(modality));
  if (videos.length === 0) {
    throw new EvokedError('ERR_FILE_FORMAT', {
      what: `no ${split} video has annotations in ${labels} and ${modality} features in ${features}`,
      got: `${dataset.videos.length} videos with other features, ${dataset.idsWithoutFeatures.length} ids without features`,
      expected: `feature files <id>.safetensors with ${modality} [T, dim]`,
    });
  }
  const hash = createHash('sha256');
  for (const { id, numAnnotated } of videos) hash.update(`${JSON.stringify(id)} ${numAnnotated}\n`);
  emit({
    type: 'data',
    split,
    numVideos: videos.length,
    numWithoutFeatures: dataset.idsWithoutFeatures.length,
    numWithoutLabels: dataset.idsWithoutLabels.length,
  });
  return { dataset, ids: videos.map(({ id }) => id), digest: hash.digest('hex') };
}

function splitFacts({ ids, digest }: SplitData): DataFacts['training'] {
  return { numVideos: ids.length, digest };
}

import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import { withSafetensors } from '../../model/weights/safetensors-index.js';
import type { TrainingSequence } from '../sequence.js';
import { DigestCheck, type FeatureFile, listFeatureFiles, readFeatureHeader } from './feature-folder.js';
import { joinFeatures } from './join-features.js';
import { type Annotations, readAnnotations, type SkippedVideo } from './read-annotations.js';

/** Where a dataset is, and who hears about it. */
export interface DatasetOptions {
  /** EEV's CSV. */
  readonly labels: string;
  /** Folder of feature files, `<id>.safetensors`. */
  readonly features: string;
  /** Reading the labels, at the end of each video. */
  readonly onProgress?: (bytesDone: number, totalBytes: number) => void;
  /** Each skipped video, also those that show only when their features are read; a modality of a video at most once. */
  readonly onSkip?: (skipped: SkippedVideo) => void;
}

/** A video with annotations and a feature file. */
export interface DatasetVideo {
  readonly id: string;
  /** Annotated rows; rows of zeros are not counted. */
  readonly numAnnotated: number;
  /** What its feature file holds. */
  readonly modalities: readonly Modality[];
}

/** An opened dataset: the labels are in memory, features are read from disk video by video. */
export interface Dataset {
  /** In the order of the labels' file. */
  readonly videos: readonly DatasetVideo[];
  /** Rows of zeros, "no detection", over the whole file. */
  readonly numUndetected: number;
  /** Grows while sequences are read. */
  readonly skipped: readonly SkippedVideo[];
  /** Of videos that were not skipped. */
  readonly idsWithoutFeatures: readonly string[];
  readonly idsWithoutLabels: readonly string[];
  /** Digest of the extractor behind all features of a modality; null where the files state none. */
  extractorDigest(modality: Modality): string | null;
  /**
   * Reads one video's sequence: the segments that have both annotation and features.
   * @returns null where the video has to be left out; `onSkip` was told why
   * @throws {EvokedError} ERR_FILE_FORMAT where the id is not among `videos`; ERR_MODEL_WEIGHTS where the file has become
   * unreadable since the dataset was opened
   */
  readSequence(id: string, modality: Modality): Promise<TrainingSequence | null>;
}

/**
 * Opens a dataset: reads the labels, and the headers of the feature files.
 * @throws {EvokedError} ERR_FILE_FORMAT where the labels' file is malformed, features come from different extractors, or no
 * video has both
 */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  const paths = await listFeatureFiles(options.features);
  const annotations = await readAnnotations(options.labels, options.onProgress);
  const dataset = new OpenDataset(annotations, options.onSkip);
  for (const { id, reason } of annotations.skipped) dataset.skip(id, reason);
  for (const id of annotations.videos.keys()) {
    const path = paths.get(id);
    if (path === undefined) dataset.idsWithoutFeatures.push(id);
    else await dataset.addFile(id, path);
  }
  const labelled = new Set([...annotations.videos.keys(), ...annotations.skipped.map(({ id }) => id)]);
  dataset.idsWithoutLabels.push(...[...paths.keys()].filter((id) => !labelled.has(id)));
  if (dataset.videos.length === 0) throw nothingMatches(options, dataset, paths.size);
  return dataset;
}

class OpenDataset implements Dataset {
  readonly videos: DatasetVideo[] = [];
  readonly numUndetected: number;
  readonly skipped: SkippedVideo[] = [];
  readonly idsWithoutFeatures: string[] = [];
  readonly idsWithoutLabels: string[] = [];
  readonly #annotations: Annotations;
  readonly #files = new Map<string, FeatureFile>();
  readonly #digests = new DigestCheck();
  readonly #onSkip: DatasetOptions['onSkip'];
  readonly #told = new Set<string>();

  constructor(annotations: Annotations, onSkip: DatasetOptions['onSkip']) {
    this.#annotations = annotations;
    this.numUndetected = annotations.numUndetected;
    this.#onSkip = onSkip;
  }

  extractorDigest(modality: Modality): string | null {
    return this.#digests.digest(modality);
  }

  async addFile(id: string, path: string): Promise<void> {
    let file: FeatureFile;
    try {
      file = await readFeatureHeader(path);
    } catch (cause) {
      if (!(cause instanceof EvokedError)) throw cause;
      return this.skip(id, cause.message);
    }
    if (file.digests.size === 0) return this.skip(id, `${path} has neither visual nor audio features`);
    this.#digests.add(file);
    this.#files.set(id, file);
    const numAnnotated = this.#annotations.videos.get(id)!.timesUs.length;
    this.videos.push({ id, numAnnotated, modalities: [...file.digests.keys()] });
  }

  skip(id: string, reason: string): void {
    const skipped = { id, reason };
    this.skipped.push(skipped);
    this.#onSkip?.(skipped);
  }

  async readSequence(id: string, modality: Modality): Promise<TrainingSequence | null> {
    const annotations = this.#annotations.videos.get(id);
    const file = this.#files.get(id);
    if (annotations === undefined || file === undefined) {
      throw new EvokedError('ERR_FILE_FORMAT', { what: `the dataset has no video "${id}"` });
    }
    const tensors = await withSafetensors(file.path, async (index) => ({
      modality,
      embeddings: await index.read(modality),
      seconds: await index.read('seconds'),
    }));
    const sequence = joinFeatures(annotations, tensors);
    if (typeof sequence !== 'string') return sequence;
    const told = `${modality}/${id}`;
    if (!this.#told.has(told)) this.skip(id, sequence);
    this.#told.add(told);
    return null;
  }
}

function nothingMatches({ labels, features }: DatasetOptions, dataset: OpenDataset, numFiles: number) {
  const [first] = dataset.skipped;
  const skipped =
    first === undefined ? '' : `, ${dataset.skipped.length} skipped (${first.id}: ${first.reason})`;
  return new EvokedError('ERR_FILE_FORMAT', {
    what: `no video has both annotations in ${labels} and features in ${features}`,
    got: `${dataset.idsWithoutFeatures.length} videos without features${skipped}, ${numFiles} feature files`,
    expected: 'files named <id>.safetensors',
  });
}

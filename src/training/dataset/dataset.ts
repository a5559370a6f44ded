import type { Modality } from '../../core/media.js';
import type { TrainingSequence } from '../sequence.js';

/** A video, or one modality of it, that was left out, and why. */
export interface SkippedVideo {
  readonly id: string;
  /** One line; names the file's line where there is one. */
  readonly reason: string;
}

/** Where a dataset is, and who hears about it. */
export interface DatasetOptions {
  /** EEV's CSV. */
  readonly labels: string;
  /** Folder of feature files, `<id>.safetensors`. */
  readonly features: string;
  /** Reading the labels; at most once a mebibyte. */
  readonly onProgress?: (bytesDone: number, totalBytes: number) => void;
  /** Each skipped video once, also those that show only when their features are read. */
  readonly onSkip?: (skipped: SkippedVideo) => void;
}

/** A video with annotations and a feature file. */
export interface DatasetVideo {
  readonly id: string;
  /** Annotated segments; rows of zeros are none. */
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
  readonly skipped: readonly SkippedVideo[];
  readonly idsWithoutFeatures: readonly string[];
  readonly idsWithoutLabels: readonly string[];
  /** Digest of the extractor behind all features of a modality; null where the files state none. */
  extractorDigest(modality: Modality): string | null;
  /**
   * Reads one video's sequence: the segments that have both annotation and features.
   * @returns null where the video had to be left out; `onSkip` was told why
   * @throws {EvokedError} ERR_FILE_FORMAT where the file changed since the dataset was opened
   */
  readSequence(id: string, modality: Modality): Promise<TrainingSequence | null>;
}

/**
 * Opens a dataset: reads the labels, and the headers of the feature files.
 * @throws {EvokedError} ERR_FILE_FORMAT where the labels' file is malformed, features come from different extractors, or
 * nothing matches
 */
export function openDataset(options: DatasetOptions): Promise<Dataset> {
  return Promise.reject(new Error(`not yet written: ${options.labels}`));
}

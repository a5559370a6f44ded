import { EvokedError } from '../../../core/errors.js';
import type { ExtractorDigests } from './extractor-choice.js';
import { featurePath, readFeatureMetadata } from './feature-file.js';
import { extractorKey, featureMetadata, type Video } from './video.js';

/** What is to be done about each video. */
export interface ExtractionPlan {
  readonly toExtract: readonly Video[];
  /** Whose features are there already: by the same networks, of the same media. */
  readonly kept: readonly Video[];
}

/**
 * Looks at what a folder of features holds of these videos. Features of media that has changed, and files that are not
 * whole, are made anew.
 * @throws {EvokedError} ERR_FILE_FORMAT where there are features by other networks, unless `overwrite` is set
 */
export async function planExtraction(
  videos: readonly Video[],
  folder: string,
  digests: ExtractorDigests,
  overwrite: boolean,
): Promise<ExtractionPlan> {
  const toExtract: Video[] = [];
  const kept: Video[] = [];
  for (const video of videos) {
    const path = featurePath(folder, video);
    const found = await readFeatureMetadata(path);
    const isSame = found !== null && sameExtractors(found, digests);
    if (found !== null && !isSame && !overwrite) throw otherExtractor(path, found, digests);
    (isSame && sameSource(found, video) ? kept : toExtract).push(video);
  }
  return { toExtract, kept };
}

type Metadata = ReadonlyMap<string, string>;

function sameExtractors(found: Metadata, digests: ExtractorDigests): boolean {
  return (['visual', 'audio'] as const).every(
    (modality) => found.get(extractorKey(modality)) === digests.get(modality),
  );
}

function sameSource(found: Metadata, video: Video): boolean {
  const wanted = featureMetadata(video, new Map());
  const numOthers = [...found.keys()].filter((key) => !key.endsWith('Extractor')).length;
  return numOthers === wanted.size && [...wanted].every(([key, value]) => found.get(key) === value);
}

function otherExtractor(path: string, found: Metadata, digests: ExtractorDigests): EvokedError {
  const describe = (digestOf: (modality: 'visual' | 'audio') => string | undefined): string =>
    (['visual', 'audio'] as const)
      .map((each) => `${each} ${digestOf(each)?.slice(0, 12) ?? 'none'}`)
      .join(', ');
  return new EvokedError('ERR_FILE_FORMAT', {
    what: `${path} holds features by other networks`,
    got: describe((modality) => found.get(extractorKey(modality))),
    expected: `${describe((modality) => digests.get(modality))}, another folder, or --overwrite`,
  });
}

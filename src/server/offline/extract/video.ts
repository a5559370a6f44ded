import type { Modality } from '../../../core/media.js';
import type { ExtractorDigests } from './extractor-choice.js';

/** A video whose features are wanted. */
export interface Video {
  /** Name of the feature file, and of the video in annotations. */
  readonly id: string;
  /** Path, or film:SEED. */
  readonly url: string;
  /** Media file name, or film:SEED. */
  readonly source: string;
  /** What the features depend on besides the networks; where one differs they are made anew. */
  readonly state: Readonly<Record<string, string>>;
  /** Size of the media file, null where there is none. */
  readonly numBytes: number | null;
  /** End of the wanted media time. */
  readonly limitSeconds?: number;
}

/** Metadata of the feature file of a video: `source`, its state, and `visualExtractor`, `audioExtractor`. */
export function featureMetadata(video: Video, digests: ExtractorDigests): Map<string, string> {
  const metadata = new Map([['source', video.source], ...Object.entries(video.state)]);
  for (const [modality, digest] of digests) metadata.set(extractorKey(modality), digest);
  return metadata;
}

/** Metadata key of the digest of one modality's network. */
export function extractorKey(modality: Modality): `${Modality}Extractor` {
  return `${modality}Extractor`;
}

import type { Modality } from '../../core/media.js';
import { FRAME_SIZE } from '../../core/time-grid.js';
import { LogMel, MEL_BANDS, MEL_FRAMES } from '../../model/audio/log-mel.js';
import type { Extractor } from '../../model/extractor.js';

/** What `evoked features` can write. */
export const FEATURE_STAGES = ['frames', 'logmel', 'embedding'] as const;

/** One of `frames`, `logmel`, `embedding`. */
export type FeatureStageName = (typeof FEATURE_STAGES)[number];

/** Makes one row of a feature file from one modality of a segment. */
export interface FeatureColumn {
  /** Tensor name in the file. */
  readonly name: 'frames' | 'logmel' | 'visual' | 'audio';
  readonly modality: Modality;
  readonly dtype: 'U8' | 'F32';
  readonly rowShape: readonly number[];
  /** @param input the segment's frame or waveform, as the extractors take them */
  toRow(input: Uint8Array | Float32Array): Promise<Uint8Array | Float32Array>;
}

/** The picture itself: `frames` [T, 224, 224, 3] uint8. */
export function framesColumn(): FeatureColumn {
  return {
    name: 'frames',
    modality: 'visual',
    dtype: 'U8',
    rowShape: [FRAME_SIZE, FRAME_SIZE, 3],
    toRow: (input) => Promise.resolve(input),
  };
}

/** The audio network's input: `logmel` [T, 96, 64]. */
export function logMelColumn(): FeatureColumn {
  const logMel = new LogMel();
  return {
    name: 'logmel',
    modality: 'audio',
    dtype: 'F32',
    rowShape: [MEL_FRAMES, MEL_BANDS],
    toRow: (input) => Promise.resolve(logMel.compute([input as Float32Array])),
  };
}

/** What an extractor says: `visual` [T, 1280] or `audio` [T, 2048]. */
export function embeddingColumn(extractor: Extractor): FeatureColumn {
  return {
    name: extractor.modality,
    modality: extractor.modality,
    dtype: 'F32',
    rowShape: [extractor.dim],
    toRow: (input) => extractor.embed([input] as Uint8Array[] | Float32Array[]),
  };
}

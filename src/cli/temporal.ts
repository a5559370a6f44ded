import type { Modality } from '../core/media.js';
import { scoreFeatureFile } from '../model/index.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked temporal`. */
export interface TemporalOptions {
  readonly head: string;
  readonly features: string;
  readonly modality: Modality;
  readonly mode: 'streaming' | 'offline';
  readonly raw: boolean;
  readonly scale?: number;
  readonly out: string;
}

/**
 * `evoked temporal`.
 * @throws {EvokedError} of the files
 */
export async function runTemporal(options: TemporalOptions): Promise<void> {
  let progress: Progress | undefined;
  try {
    const { numRows, numLabels, scale } = await scoreFeatureFile({
      ...options,
      onProgress: (rowsDone, total) => {
        progress ??= startProgress(options.mode, total, 'rows');
        progress.update(rowsDone);
      },
    });
    progress?.stop();
    console.error(`scores [${numRows}, ${numLabels}] · divided by ${scale} · ${options.mode}`);
  } finally {
    progress?.stop();
  }
}

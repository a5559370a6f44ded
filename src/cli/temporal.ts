import { type FeatureScoring, scoreFeatureFile } from '../model/index.js';
import { startProgress, type Progress } from './progress.js';

/** Flags of `evoked temporal`. */
export type TemporalOptions = Omit<FeatureScoring, 'onProgress'>;

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

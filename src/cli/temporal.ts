import { stat } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { EvokedError } from '../core/errors.js';
import { type FeatureScoring, scoreFeatureFile } from '../model/index.js';
import { startProgress, type Progress } from './progress.js';
import { annotatedSegments, readWantedSegments } from './temporal-labels.js';
import { runTemporalFolder } from './temporal-folder.js';

/** Flags of `evoked temporal`. */
export interface TemporalOptions extends Omit<FeatureScoring, 'onProgress' | 'keep' | 'mode'> {
  /** By default `streaming` for a file, `offline` for a folder. */
  readonly mode?: FeatureScoring['mode'];
  /** Annotations: only the segments that they have are stepped, as in training. */
  readonly labels?: string;
}

/**
 * `evoked temporal`.
 * @throws {EvokedError} of the files
 */
export async function runTemporal(options: TemporalOptions): Promise<void> {
  const isFolder = await stat(options.features).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (isFolder) await runTemporalFolder(options);
  else await runTemporalFile(options);
}

async function runTemporalFile({ labels, mode = 'streaming', ...options }: TemporalOptions): Promise<void> {
  const keep = labels === undefined ? undefined : await annotatedOnly(labels, options.features);
  let progress: Progress | undefined;
  try {
    const { numRows, numLabels, scale } = await scoreFeatureFile({
      ...options,
      mode,
      ...(keep && { keep }),
      onProgress: (rowsDone, total) => {
        progress ??= startProgress(mode, total, 'rows');
        progress.update(rowsDone);
      },
    });
    progress?.stop();
    console.error(`scores [${numRows}, ${numLabels}] · divided by ${scale} · ${mode}`);
  } finally {
    progress?.stop();
  }
}

async function annotatedOnly(labels: string, features: string): Promise<(seconds: number) => boolean> {
  const id = basename(features, extname(features));
  const keep = annotatedSegments(await readWantedSegments(labels), id);
  if (keep !== null) return keep;
  const expected = `annotations of the video ${id}`;
  throw new EvokedError('ERR_FILE_FORMAT', { what: `${labels} does not have this video`, expected });
}

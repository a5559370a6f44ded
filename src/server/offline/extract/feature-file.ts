import { join } from 'node:path';
import { EvokedError } from '../../../core/errors.js';
import { replaceWhole } from '../../../core/partial-file.js';
import { withSafetensors } from '../../../model/weights/safetensors-index.js';
import { writeSafetensors } from '../../../model/weights/safetensors-writer.js';
import type { TensorMap } from '../../../model/weights/tensor.js';
import type { Video } from './video.js';

const ENDING = '.safetensors';

/** Where the features of a video go. */
export function featurePath(folder: string, { id }: Pick<Video, 'id'>): string {
  return join(folder, `${id}${ENDING}`);
}

/**
 * The metadata of a feature file, without reading its tensors; null where there is no file of this name, or none that is
 * whole.
 */
export async function readFeatureMetadata(path: string): Promise<ReadonlyMap<string, string> | null> {
  try {
    return await withSafetensors(path, ({ metadata }) => metadata);
  } catch (error) {
    if (error instanceof EvokedError) return null;
    throw error;
  }
}

/**
 * Writes a feature file that appears under its name when it is whole and on the disk; an older one stays until then.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function writeFeatureFile(
  path: string,
  tensors: TensorMap,
  metadata: ReadonlyMap<string, string>,
): Promise<void> {
  return replaceWhole(path, (partial) => writeSafetensors(partial, tensors, metadata));
}

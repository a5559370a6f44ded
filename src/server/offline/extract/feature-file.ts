import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from '../../../core/errors.js';
import { syncFile, writing } from '../../../model/pack/durable-files.js';
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
export async function writeFeatureFile(
  path: string,
  tensors: TensorMap,
  metadata: ReadonlyMap<string, string>,
): Promise<void> {
  const partial = `${path}.partial-${process.pid}`;
  try {
    await writeSafetensors(partial, tensors, metadata);
    await writing(path, syncFile(partial));
    await writing(path, rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Removes what killed runs were writing; what a process that is still alive writes stays. */
export async function removeAbandonedFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, process] = /\.safetensors\.partial-(\d+)$/.exec(name) ?? [];
    if (process !== undefined && !isAlive(Number(process))) await rm(join(folder, name), { force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { syncFile, syncFolder, writing } from '../../model/pack/durable-files.js';
import { writeSafetensors } from '../../model/weights/safetensors-writer.js';
import type { TensorMap } from '../../model/weights/tensor.js';

const PARTIAL = '.partial-';

/**
 * Gives a file new content in one step: it appears under its name whole and on the disk, or the old one stays.
 * @param write writes the file of the path that it is given
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function replaceFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = `${path}${PARTIAL}${process.pid}`;
  try {
    await writing(path, write(partial));
    await writing(path, syncFile(partial));
    await writing(path, rename(partial, path));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  await writing(path, syncFolder(dirname(path)));
}

/**
 * `replaceFile` with text.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function replaceTextFile(path: string, text: string): Promise<void> {
  return replaceFile(path, async (partial) => {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  });
}

/**
 * `replaceFile` with tensors.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function replaceSafetensors(
  path: string,
  tensors: TensorMap,
  metadata: ReadonlyMap<string, string>,
): Promise<void> {
  return replaceFile(path, (partial) => writeSafetensors(partial, tensors, metadata));
}

/** Removes what writers that were killed left beside one of these files. */
export async function removePartialFiles(paths: readonly string[]): Promise<void> {
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const ours = paths.filter((path) => dirname(path) === folder).map((path) => basename(path) + PARTIAL);
    for (const name of await readdir(folder)) {
      if (ours.some((start) => name.startsWith(start))) await rm(join(folder, name), { force: true });
    }
  }
}

import { open, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PARTIAL, replaceWhole } from '../../core/partial-file.js';
import { syncFolder, writing } from '../../model/pack/durable-files.js';
import { writeSafetensors } from '../../model/weights/safetensors-writer.js';
import type { TensorMap } from '../../model/weights/tensor.js';

/**
 * `replaceWhole`, with the file's name on the disk too.
 * @param write writes the file of the path that it is given
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function replaceFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  await replaceWhole(path, write);
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

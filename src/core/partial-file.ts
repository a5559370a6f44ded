import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from './errors.js';

/** What stands between a file's name and the writer's process id while it is not whole. */
export const PARTIAL = '.partial-';

/** Where this process writes a file until it is whole: beside it, so that it can be renamed. */
export function partialPath(path: string): string {
  return `${path}${PARTIAL}${process.pid}`;
}

/**
 * Writes a file that appears under its name when it is whole and on the disk; what had that name before stays until then.
 * @param write makes the file at the path that it is given
 * @throws {EvokedError} ERR_FILE_WRITE, or what `write` throws
 */
export async function replaceWhole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  const partial = partialPath(path);
  try {
    await write(partial);
    const file = await open(partial, 'r+');
    await file.sync().finally(() => file.close());
    await rename(partial, path);
  } catch (cause) {
    await rm(partial, { force: true });
    if (cause instanceof EvokedError || !(cause instanceof Error && 'code' in cause)) throw cause;
    throw new EvokedError('ERR_FILE_WRITE', { what: `cannot write ${path}`, got: String(cause.code), cause });
  }
}

/** Removes what processes that are gone were writing into a folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, writer] = /\.partial-(\d+)$/.exec(name) ?? [];
    if (writer !== undefined && !isAlive(Number(writer))) await rm(join(folder, name), { force: true });
  }
}

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch (error) {
    // Of another user, but there.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

import { open, rename, rm } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';

/** A file that appears under its name only when it is whole. */
export interface AtomicFile {
  write(data: Uint8Array | string): Promise<void>;
  /** Makes what was written durable and gives it its name. */
  commit(): Promise<void>;
  /** Throws away what was written; a file of that name from before stays. May follow `commit`. */
  discard(): Promise<void>;
}

/**
 * Opens `path` for writing through a temporary file beside it.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function openAtomicFile(path: string): Promise<AtomicFile> {
  const partial = `${path}.partial-${process.pid}`;
  const handle = await coded(path, open(partial, 'w'));
  let committed = false;
  return {
    write: (data) => coded(path, handle.appendFile(data)),
    async commit() {
      await coded(path, handle.sync());
      await handle.close();
      await coded(path, rename(partial, path));
      committed = true;
    },
    async discard() {
      if (committed) return;
      await handle.close().catch(() => {});
      await rm(partial, { force: true });
    },
  };
}

async function coded<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new EvokedError('ERR_FILE_WRITE', { what: `cannot write ${path}`, got, cause });
  }
}

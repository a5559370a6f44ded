import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';

/** Hex SHA-256 of a file, read in pieces. */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

/** Puts what was written to a file onto the disk. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Puts the names in a folder onto the disk, where the platform can: Windows opens no folders. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * The outcome of writing, with file system errors as ERR_FILE_WRITE.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export async function writing<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof EvokedError || !isSystemError(cause)) throw cause;
    throw new EvokedError('ERR_FILE_WRITE', { what: `cannot write ${path}`, got: cause.code, cause });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException & { code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

/** `ENOENT` and the like, for messages: the texts of such errors name calls of the system. */
export function systemErrorCode(error: unknown): string {
  return isSystemError(error) ? error.code : error instanceof Error ? error.message : String(error);
}

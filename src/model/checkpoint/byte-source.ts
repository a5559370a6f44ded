import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EvokedError } from '../../core/errors.js';
import { refuse } from './refuse.js';

/** Bytes that are read in pieces, so that a file need not be in memory to be looked through. */
export interface ByteSource {
  readonly size: number;
  /**
   * The bytes from `offset`, exactly `length` of them. They may be a view of memory that others see.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where they are not all there
   */
  read(offset: number, length: number): Uint8Array;
}

/** A source over bytes in memory; what it reads are views. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read(offset, length) {
      checkRange(offset, length, bytes.byteLength);
      // Not of Buffer's: its slice() would be a view where a copy is meant.
      return new Uint8Array(bytes.buffer, bytes.byteOffset + offset, length);
    },
  };
}

/** Thirty times a paper-size tower; what is larger is no weight file, and would not fit one buffer. */
const MAX_FILE_BYTES = 2 * 2 ** 30;

/** A source over an open file; what it reads are copies. `close` must be called; twice does no harm. */
export interface FileSource extends ByteSource {
  close(): void;
}

/**
 * Opens a file for reading in pieces.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where it cannot be read or is no plain file
 */
export function openFileSource(path: string): FileSource {
  const cannotRead = (cause: unknown): EvokedError => {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    return new EvokedError('ERR_MODEL_WEIGHTS', { what: `weight file ${path} cannot be read`, got, cause });
  };
  let file: number | undefined;
  let size: number;
  try {
    file = openSync(path, 'r');
    const stats = fstatSync(file);
    if (!stats.isFile()) throw Object.assign(new Error('no plain file'), { code: 'no plain file' });
    size = stats.size;
  } catch (cause) {
    if (file !== undefined) closeSync(file);
    throw cannotRead(cause);
  }
  if (size > MAX_FILE_BYTES) {
    closeSync(file);
    refuse(`weight file ${path} is too large`, `${size} bytes`, `at most ${MAX_FILE_BYTES}`);
  }
  return {
    size,
    read(offset, length) {
      checkRange(offset, length, size);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length;) {
        let numRead: number;
        try {
          numRead = readSync(file!, bytes, done, length - done, offset + done);
        } catch (cause) {
          throw cannotRead(cause);
        }
        if (numRead === 0) refuse(`weight file ${path} became shorter while it was read`);
        done += numRead;
      }
      return bytes;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function checkRange(offset: number, length: number, size: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!valid || offset + length > size) {
    refuse('weight file ends too early', `bytes ${offset} to ${offset + length} of ${size}`);
  }
}

import { type FileHandle, open } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import { headerLength, LENGTH_BYTES, parseHeader, readTensor } from './safetensors.js';
import type { Tensor } from './tensor.js';

/** A safetensors file of which only the header is in memory. */
export interface SafetensorsIndex {
  readonly metadata: ReadonlyMap<string, string>;
  /** Each tensor's shape by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * Reads one tensor from disk; undefined where the file has none of this name.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS
   */
  read(name: string): Promise<Tensor | undefined>;
}

/**
 * Opens a safetensors file for as long as `work` runs: for large files of which a part is wanted.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names the file, also where it cannot be read
 */
export async function withSafetensors<T>(
  path: string,
  work: (file: SafetensorsIndex) => T | Promise<T>,
): Promise<T> {
  const named = <R>(step: Promise<R>): Promise<R> => step.catch((cause: unknown) => failNamed(path, cause));
  const file = await named(open(path));
  try {
    const { entries, metadata, dataStart } = await named(readHeader(file));
    const read = async (name: string): Promise<Tensor | undefined> => {
      const entry = entries.find((known) => known.name === name);
      if (entry === undefined) return undefined;
      const [begin, end] = entry.offsets;
      const data = await readBytes(file, dataStart + begin, end - begin);
      return readTensor({ ...entry, offsets: [0, data.byteLength] }, data);
    };
    const shapes = new Map(entries.map(({ name, shape }) => [name, shape]));
    return await work({ metadata, shapes, read: (name) => named(read(name)) });
  } finally {
    await file.close();
  }
}

async function readHeader(file: FileHandle) {
  const { size } = await file.stat();
  const length = headerLength(await readBytes(file, 0, Math.min(LENGTH_BYTES, size)), size);
  const dataStart = LENGTH_BYTES + length;
  return { ...parseHeader(await readBytes(file, LENGTH_BYTES, length), size - dataStart), dataStart };
}

async function readBytes(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw new EvokedError('ERR_MODEL_WEIGHTS', { what: 'the file ends too early' });
    done += bytesRead;
  }
  return bytes;
}

function failNamed(path: string, cause: unknown): never {
  if (cause instanceof EvokedError)
    throw new EvokedError(cause.code, { what: `${path}: ${cause.message}`, cause });
  const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `${path} cannot be read`, got, cause });
}

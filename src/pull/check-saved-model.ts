import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { EvokedError } from '../core/errors.js';

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** Octal digits of an entry's length. */
const LENGTH_FIELD = [124, 136] as const;
const MAX_UNPACKED_BYTES = 4e9;
const MODEL_NAME = /(^|\/)saved_model\.pb$/;

/**
 * Whether a tar.gz is whole and holds a TensorFlow SavedModel. It is unpacked nowhere.
 * @throws {EvokedError} ERR_FILE_FORMAT
 */
export async function checkSavedModelArchive(path: string): Promise<void> {
  const reader = new TarNames();
  try {
    await pipeline(createReadStream(path), createGunzip(), async (source: AsyncIterable<Buffer>) => {
      for await (const bytes of source) reader.push(bytes);
    });
  } catch (cause) {
    if (cause instanceof EvokedError) throw cause;
    throw wrong(path, cause instanceof Error ? cause.message : 'an error', cause);
  }
  if (!reader.names.some((name) => MODEL_NAME.test(name))) {
    throw wrong(path, reader.names.slice(0, 5).join(', ') || 'no entries');
  }
}

/** Collects the names of a tar archive that comes in pieces. */
class TarNames {
  readonly names: string[] = [];
  #header = Buffer.alloc(0);
  /** Bytes of the entry's content, padding included, that are still to come. */
  #toSkip = 0;
  #numBytes = 0;

  push(bytes: Buffer): void {
    this.#numBytes += bytes.byteLength;
    if (this.#numBytes > MAX_UNPACKED_BYTES) throw new Error('absurdly much is packed into it');
    for (let at = 0; at < bytes.byteLength;) {
      const skipped = Math.min(this.#toSkip, bytes.byteLength - at);
      this.#toSkip -= skipped;
      at += skipped;
      if (this.#toSkip > 0 || at === bytes.byteLength) return;
      const piece = bytes.subarray(at, at + BLOCK_BYTES - this.#header.byteLength);
      this.#header = Buffer.concat([this.#header, piece]);
      at += piece.byteLength;
      if (this.#header.byteLength === BLOCK_BYTES) this.#readHeader();
    }
  }

  #readHeader(): void {
    const name = this.#header.toString('latin1', 0, NAME_BYTES).replace(/\0.*$/s, '');
    const digits = this.#header.toString('latin1', ...LENGTH_FIELD).replace(/[\0 ].*$/s, '');
    this.#header = Buffer.alloc(0);
    if (name === '') return;
    if (!/^[0-7]+$/.test(digits)) throw new Error(`entry ${this.names.length} has no length`);
    this.names.push(name);
    this.#toSkip = Math.ceil(Number.parseInt(digits, 8) / BLOCK_BYTES) * BLOCK_BYTES;
  }
}

function wrong(path: string, got: string, cause?: unknown): EvokedError {
  const expected = 'a tar.gz with saved_model.pb';
  return new EvokedError('ERR_FILE_FORMAT', { what: `${path} is no SavedModel`, got, expected, cause });
}

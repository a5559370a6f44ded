import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { writing } from '../model/pack/durable-files.js';

const noteSchema = z.strictObject({
  url: z.string(),
  /** What `If-Range` names: a strong ETag, or a date. */
  validator: z.string().nullable(),
  numBytes: z.number().int().nonnegative().nullable(),
  sha256: z.string().nullable(),
});

/** What must still hold when a download goes on. */
export type PartNote = z.output<typeof noteSchema>;

/** Where the bytes of a download go. */
export interface PartWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Puts everything onto the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for writing from `position` on; what lay behind it is gone. */
export type OpenPartWriter = (path: string, position: number) => Promise<PartWriter>;

/** What is there of a file: `<target>.part`, and beside it a note on where it comes from. */
export class PartFile {
  readonly path: string;
  readonly #notePath: string;
  readonly #openWriter: OpenPartWriter;
  #writer: PartWriter | null = null;
  #hash: Hash = createHash('sha256');
  #numBytes = 0;
  #note: PartNote | null = null;

  constructor(target: string, openWriter: OpenPartWriter = openFileWriter) {
    this.path = `${target}.part`;
    this.#notePath = `${this.path}.json`;
    this.#openWriter = openWriter;
  }

  /** Bytes that are there. */
  get numBytes(): number {
    return this.#numBytes;
  }

  get note(): PartNote | null {
    return this.#note;
  }

  /** Hex SHA-256 of what is there. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Takes up what an earlier run left, where its note is whole and names the same address; otherwise starts from nothing. */
  async takeUp(url: string): Promise<void> {
    const note = await readNote(this.#notePath);
    const size = await stat(this.path).then(
      (found) => found.size,
      () => 0,
    );
    const isUsable = note?.url === url && size > 0 && size <= (note.numBytes ?? Infinity);
    if (!isUsable || (note.validator === null && size !== note.numBytes)) return this.remove();
    for await (const bytes of createReadStream(this.path)) this.#hash.update(bytes as Buffer);
    this.#note = note;
    this.#numBytes = size;
  }

  /** Forgets all bytes. The note is on the disk before the first byte that belongs to it. */
  async startOver(note: PartNote): Promise<void> {
    await this.remove();
    const fresh = `${this.#notePath}.new`;
    await writing(fresh, writeFile(fresh, JSON.stringify(note), { flush: true }));
    await writing(this.#notePath, rename(fresh, this.#notePath));
    this.#note = note;
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#writer ??= await writing(this.path, this.#openWriter(this.path, this.#numBytes));
    await writing(this.path, this.#writer.write(bytes));
    this.#hash.update(bytes);
    this.#numBytes += bytes.byteLength;
  }

  /** Puts what is there onto the disk and closes it. May be called twice. */
  async close(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    if (writer === null) return;
    try {
      await writing(this.path, writer.sync());
    } finally {
      await writer.close();
    }
  }

  /** Gives the whole file its name. */
  async finish(target: string): Promise<void> {
    await this.close();
    await writing(target, rename(this.path, target));
    await rm(this.#notePath, { force: true });
  }

  async remove(): Promise<void> {
    await this.#writer?.close();
    this.#writer = null;
    this.#hash = createHash('sha256');
    this.#numBytes = 0;
    this.#note = null;
    // The note first: bytes without a note are never used.
    await rm(this.#notePath, { force: true });
    await rm(this.path, { force: true });
  }
}

/** A plain file. */
export async function openFileWriter(path: string, position: number): Promise<PartWriter> {
  const file = await open(path, position === 0 ? 'w' : 'r+');
  await file.truncate(position);
  let at = position;
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await file.write(bytes, done, bytes.byteLength - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}

async function readNote(path: string): Promise<PartNote | null> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

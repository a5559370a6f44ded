import { crc32, inflateRawSync } from 'node:zlib';
import type { ByteSource } from './byte-source.js';
import { refuse } from './refuse.js';
import { dataOffset, findDirectory, readDirectory, type ZipEntry } from './zip-records.js';

/** Deflate reaches 1032 to 1 on zeros; weights hardly shrink, the pickle of a checkpoint shrinks five times. */
const MAX_RATIO = 20;
/** Below this an entry may shrink as far as it likes: a bias of zeros does. */
const MIN_CHECKED_BYTES = 2 ** 16;
const CRC_CHUNK_BYTES = 2 ** 20;

interface PlacedEntry extends ZipEntry {
  readonly dataOffset: number;
}

/**
 * A zip archive that is read and never unpacked: entries are found by name, and nothing is written anywhere. Entries are
 * stored or deflated; they must not overlap, nor unpack to absurd sizes. Names, sizes and places are checked on opening, the
 * checksum of an entry when it is read.
 */
export class ZipArchive {
  readonly #source: ByteSource;
  readonly #entries: ReadonlyMap<string, PlacedEntry>;
  readonly #verified = new Set<string>();

  private constructor(source: ByteSource, entries: readonly PlacedEntry[]) {
    this.#source = source;
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  /** @throws {EvokedError} ERR_MODEL_WEIGHTS */
  static open(source: ByteSource): ZipArchive {
    const directory = findDirectory(source);
    const entries = readDirectory(source, directory);
    checkSizes(entries, source.size);
    const placed = entries.map((entry) => ({ ...entry, dataOffset: dataOffset(source, entry) }));
    checkPlaces(placed, directory.offset);
    return new ZipArchive(source, placed);
  }

  /** Names in the order of the archive's directory. */
  names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * Unpacked length in bytes.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where there is no such entry
   */
  numBytes(name: string): number {
    return this.#entry(name).numBytes;
  }

  /**
   * The unpacked bytes of an entry; a view of the source's memory where it is stored and the source is in memory.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where there is no such entry, or its checksum is wrong
   */
  read(name: string): Uint8Array {
    const entry = this.#entry(name);
    const packed = this.#source.read(entry.dataOffset, entry.compressedBytes);
    const bytes = entry.isDeflated ? inflate(entry, packed) : packed;
    checkCrc(entry, crc32(bytes));
    this.#verified.add(name);
    return bytes;
  }

  /**
   * Checks the entries that were not read so far, with little memory.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS where a checksum is wrong
   */
  verifyRest(): void {
    for (const entry of this.#entries.values()) {
      if (this.#verified.has(entry.name)) continue;
      if (entry.isDeflated) this.read(entry.name);
      else checkCrc(entry, this.#storedCrc(entry));
      this.#verified.add(entry.name);
    }
  }

  #storedCrc({ dataOffset: start, numBytes }: PlacedEntry): number {
    let checksum = 0;
    for (let done = 0; done < numBytes; done += CRC_CHUNK_BYTES) {
      checksum = crc32(this.#source.read(start + done, Math.min(CRC_CHUNK_BYTES, numBytes - done)), checksum);
    }
    return checksum;
  }

  #entry(name: string): PlacedEntry {
    return this.#entries.get(name) ?? refuse('zip archive lacks an entry', undefined, name);
  }
}

function checkSizes(entries: readonly ZipEntry[], archiveBytes: number): void {
  for (const { name, numBytes, compressedBytes } of entries) {
    if (numBytes > MIN_CHECKED_BYTES && numBytes > compressedBytes * MAX_RATIO) {
      const got = `${compressedBytes} bytes for ${numBytes}`;
      refuse(`zip entry ${name} is packed absurdly well`, got, `at most ${MAX_RATIO} to 1`);
    }
  }
  const total = entries.reduce((sum, { numBytes }) => sum + numBytes, 0);
  if (total > archiveBytes * MAX_RATIO) {
    refuse(
      'zip archive unpacks to an absurd size',
      `${archiveBytes} bytes for ${total}`,
      `at most ${MAX_RATIO} to 1`,
    );
  }
}

function checkPlaces(entries: readonly PlacedEntry[], directoryOffset: number): void {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  for (const [index, { name, dataOffset: start, compressedBytes }] of sorted.entries()) {
    const end = start + compressedBytes;
    const next = sorted[index + 1];
    if (end > (next?.headerOffset ?? directoryOffset)) {
      refuse(`zip entry ${name} overlaps ${next?.name ?? 'the directory'}`, `an end at byte ${end}`);
    }
  }
}

function inflate({ name, numBytes }: ZipEntry, packed: Uint8Array): Uint8Array {
  let bytes: Uint8Array;
  try {
    // One byte more than stated: an entry that unpacks to more must fail, not be cut.
    bytes = inflateRawSync(packed, { maxOutputLength: numBytes + 1 });
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    return refuse(`zip entry ${name} cannot be unpacked`, got, `${numBytes} bytes`);
  }
  if (bytes.byteLength !== numBytes) {
    refuse(`zip entry ${name} has another size than stated`, `${bytes.byteLength}`, `${numBytes} bytes`);
  }
  return bytes;
}

function checkCrc({ name, crc32: expected }: ZipEntry, got: number): void {
  if (got !== expected) refuse(`zip entry ${name} has a wrong checksum`, hex(got), hex(expected));
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

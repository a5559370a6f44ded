import type { ByteSource } from './byte-source.js';
import { refuse } from './refuse.js';

/** One file of an archive as its central directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly isDeflated: boolean;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly numBytes: number;
  /** Where its local header begins. */
  readonly headerOffset: number;
  readonly flags: number;
}

/** Where the central directory lies. */
export interface ZipDirectory {
  readonly offset: number;
  readonly numBytes: number;
  readonly numEntries: number;
}

const END_BYTES = 22;
const LOCATOR_BYTES = 20;
const END64_BYTES = 56;
const CENTRAL_BYTES = 46;
/** Bytes of a local header before its name. */
export const LOCAL_BYTES = 30;
const MAX_COMMENT_BYTES = 0xffff;
const MAX_DIRECTORY_BYTES = 32 * 2 ** 20;
const MAX_ENTRIES = 65_536;
const SIGNATURES = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 } as const;
const SIGNATURES_64 = { locator: 0x07064b50, end: 0x06064b50 } as const;
const ZIP64_EXTRA = 0x0001;
/** Deflate's level (bits 1 and 2), sizes after the data (3) and names in UTF-8 (11): nothing encrypted, nothing patched. */
const KNOWN_FLAGS = 0b1000_0000_1110;
const METHODS = { stored: 0, deflated: 8 } as const;
const NARROW_16 = 0xffff;
const NARROW_32 = 0xffff_ffff;

/** Little-endian numbers of one record. */
export class RecordView {
  readonly #view: DataView;

  constructor(bytes: Uint8Array, offset = 0, length = bytes.byteLength - offset) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset + offset, length);
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  u64(offset: number): number {
    const value = Number(this.#view.getBigUint64(offset, true));
    return Number.isSafeInteger(value)
      ? value
      : refuse('zip archive states an absurd size', `${value} bytes`);
  }
}

/**
 * Finds the central directory. It must end where the closing records begin: nothing lies between, nothing after.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function findDirectory(source: ByteSource): ZipDirectory {
  const tailBytes = Math.min(source.size, END_BYTES + MAX_COMMENT_BYTES);
  const tailStart = source.size - tailBytes;
  const tail = source.read(tailStart, tailBytes);
  const view = new RecordView(tail);
  let end = tailBytes - END_BYTES;
  const isEnd = (at: number) =>
    view.u32(at) === SIGNATURES.end && view.u16(at + 20) === tailBytes - END_BYTES - at;
  while (end >= 0 && !isEnd(end)) end--;
  if (end < 0) refuse('zip archive has no end record', 'a file cut short, perhaps');
  if (view.u16(end + 4) !== 0 || view.u16(end + 6) !== 0) refuse('zip archive has more than one part');
  const narrow = { numEntries: view.u16(end + 10), numBytes: view.u32(end + 12), offset: view.u32(end + 16) };
  if (view.u16(end + 8) !== narrow.numEntries) refuse('zip archive has more than one part');
  const wide = readEnd64(source, tailStart + end, narrow);
  const directory = wide?.directory ?? narrow;
  const { offset, numBytes, numEntries } = directory;
  const closingRecords = wide?.offset ?? tailStart + end;
  if (offset + numBytes !== closingRecords) {
    const got = `bytes ${offset} to ${offset + numBytes}`;
    refuse('zip directory is not where it has to be', got, `an end at ${closingRecords}`);
  }
  if (numBytes > MAX_DIRECTORY_BYTES || numEntries > MAX_ENTRIES) {
    const expected = `at most ${MAX_ENTRIES} entries in ${MAX_DIRECTORY_BYTES} bytes`;
    refuse('zip directory is too large', `${numEntries} entries in ${numBytes} bytes`, expected);
  }
  return directory;
}

/** The 64-bit end record and where it begins, where there is one; its numbers must not contradict the narrow ones. */
function readEnd64(
  source: ByteSource,
  end: number,
  narrow: ZipDirectory,
): { offset: number; directory: ZipDirectory } | undefined {
  const locatorOffset = end - LOCATOR_BYTES;
  if (locatorOffset < END64_BYTES) return undefined;
  const locator = new RecordView(source.read(locatorOffset, LOCATOR_BYTES));
  if (locator.u32(0) !== SIGNATURES_64.locator) return undefined;
  const offset = locator.u64(8);
  if (offset !== locatorOffset - END64_BYTES) {
    refuse('64-bit zip end record is not where it has to be', `${offset}`, `${locatorOffset - END64_BYTES}`);
  }
  const record = new RecordView(source.read(offset, END64_BYTES));
  const isWhole =
    record.u32(0) === SIGNATURES_64.end &&
    record.u64(4) === END64_BYTES - 12 &&
    record.u32(16) === 0 &&
    record.u32(20) === 0;
  const directory = { numEntries: record.u64(32), numBytes: record.u64(40), offset: record.u64(48) };
  const agrees =
    record.u64(24) === directory.numEntries &&
    (narrow.numEntries === NARROW_16 || narrow.numEntries === directory.numEntries) &&
    (narrow.numBytes === NARROW_32 || narrow.numBytes === directory.numBytes) &&
    (narrow.offset === NARROW_32 || narrow.offset === directory.offset);
  if (!isWhole || !agrees) refuse('the end records of the zip archive contradict each other');
  return { offset, directory };
}

/**
 * The entries of the central directory, in its order. Names are only ever compared, never used as paths.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS also for names that are there twice
 */
export function readDirectory(
  source: ByteSource,
  { offset, numBytes, numEntries }: ZipDirectory,
): ZipEntry[] {
  const bytes = source.read(offset, numBytes);
  const entries: ZipEntry[] = [];
  const names = new Set<string>();
  let at = 0;
  for (let index = 0; index < numEntries; index++) {
    if (at + CENTRAL_BYTES > numBytes) refuse('zip directory is cut short');
    const view = new RecordView(bytes, at);
    if (view.u32(0) !== SIGNATURES.central) refuse(`zip directory is malformed at entry ${index}`);
    const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((field) => view.u16(field)) as [
      number,
      number,
      number,
    ];
    const next = at + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    if (next > numBytes) refuse('zip directory is cut short');
    const nameEnd = at + CENTRAL_BYTES + nameBytes;
    const name = decodeName(bytes.subarray(at + CENTRAL_BYTES, nameEnd));
    if (names.has(name)) refuse('zip archive has a name twice', name);
    names.add(name);
    entries.push(readEntry(name, view, bytes.subarray(nameEnd, nameEnd + extraBytes)));
    at = next;
  }
  if (at !== numBytes) refuse('zip directory has bytes that no entry owns', `${numBytes - at} bytes`);
  return entries;
}

function readEntry(name: string, view: RecordView, extra: Uint8Array): ZipEntry {
  const [flags, method] = [view.u16(8), view.u16(10)];
  checkCoding(name, flags, method);
  if (view.u16(34) !== 0) refuse(`zip entry ${name} lies in another part`);
  const wide = widenedFields(name, extra, [view.u32(24), view.u32(20), view.u32(42)]);
  const [numBytes, compressedBytes, headerOffset] = wide;
  const isDeflated = method === METHODS.deflated;
  if (!isDeflated && numBytes !== compressedBytes) {
    refuse(`sizes of the stored zip entry ${name} differ`, `${compressedBytes} and ${numBytes}`);
  }
  return { name, isDeflated, crc32: view.u32(16), compressedBytes, numBytes, headerOffset, flags };
}

function checkCoding(name: string, flags: number, method: number): void {
  if ((flags & ~KNOWN_FLAGS) !== 0) {
    refuse(`zip entry ${name} is encrypted or uses an unknown feature`, `flags 0x${flags.toString(16)}`);
  }
  if (method !== METHODS.stored && method !== METHODS.deflated) {
    refuse(`zip entry ${name} is compressed by another method`, `${method}`, 'stored (0) or deflated (8)');
  }
}

/** Fields that are full of ones have their value in the 64-bit extra field, in this order. */
function widenedFields(
  name: string,
  extra: Uint8Array,
  narrow: readonly [number, number, number],
): [number, number, number] {
  if (!narrow.includes(NARROW_32)) return [...narrow];
  let at = 0;
  while (at + 4 <= extra.byteLength) {
    const view = new RecordView(extra, at);
    const length = view.u16(2);
    if (at + 4 + length > extra.byteLength) break;
    if (view.u16(0) === ZIP64_EXTRA && length >= 8 * narrow.filter((value) => value === NARROW_32).length) {
      let field = 4;
      return narrow.map((value) => {
        if (value !== NARROW_32) return value;
        field += 8;
        return view.u64(field - 8);
      }) as [number, number, number];
    }
    at += 4 + length;
  }
  return refuse(`zip entry ${name} lacks its 64-bit sizes`);
}

/**
 * The first byte of an entry's data. Its local header must say what the directory says.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function dataOffset(source: ByteSource, entry: ZipEntry): number {
  const { name, headerOffset } = entry;
  const view = new RecordView(source.read(headerOffset, LOCAL_BYTES));
  if (view.u32(0) !== SIGNATURES.local) refuse(`zip entry ${name} has no local header`);
  const [nameBytes, extraBytes] = [view.u16(26), view.u16(28)];
  const localName = decodeName(source.read(headerOffset + LOCAL_BYTES, nameBytes));
  const method = entry.isDeflated ? METHODS.deflated : METHODS.stored;
  const sizesFollow = (entry.flags & 0b1000) !== 0;
  const agrees =
    localName === name &&
    view.u16(6) === entry.flags &&
    view.u16(8) === method &&
    (sizesFollow ||
      (view.u32(14) === entry.crc32 &&
        [entry.compressedBytes, NARROW_32].includes(view.u32(18)) &&
        [entry.numBytes, NARROW_32].includes(view.u32(22))));
  if (!agrees) refuse(`local header and directory of the zip entry ${name} contradict each other`, localName);
  return headerOffset + LOCAL_BYTES + nameBytes + extraBytes;
}

const NAME_DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeName(bytes: Uint8Array): string {
  try {
    return NAME_DECODER.decode(bytes);
  } catch {
    return refuse('a zip entry has a name that is not UTF-8');
  }
}

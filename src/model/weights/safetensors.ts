import { readFile } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import { type HeaderEntry, parseSafetensorsHeader, type SafetensorsHeader } from './safetensors-header.js';
import { type DType, numElements, type Tensor, type TensorMap } from './tensor.js';

/** Length of the little-endian integer before the header, in bytes. */
export const LENGTH_BYTES = 8;
/** Far above any header of this project (a thousand tensors take 100 kB), far below what could hurt. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

const ELEMENT_BYTES: Readonly<Record<DType, number>> = { F16: 2, BF16: 2, F32: 4, F64: 8, U8: 1, I64: 8 };

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: TensorMap;
  /** The file's `__metadata__`, empty where it has none. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads a safetensors file that is already in memory. Tensors are views of `bytes` wherever their offset is
 * aligned (as all current writers see to), copies where not. Every byte of data must belong to exactly one tensor.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const dataStart = LENGTH_BYTES + headerLength(bytes, bytes.byteLength);
  const data = bytes.subarray(dataStart);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), data.byteLength);
  const tensors = new Map<string, Tensor>();
  for (const entry of header.entries) tensors.set(entry.name, readTensor(entry, data));
  return { tensors, metadata: header.metadata };
}

/**
 * `parseSafetensors` of a whole file.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS, also where the file cannot be read; names the file
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `weight file ${path} cannot be read`, got, cause });
  }
  try {
    return parseSafetensors(bytes);
  } catch (cause) {
    if (!(cause instanceof EvokedError)) throw cause;
    throw new EvokedError(cause.code, { what: `${path}: ${cause.message}`, cause });
  }
}

/**
 * Length of the header in bytes, out of the file's first eight.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the file cannot hold such a header
 */
export function headerLength(fileStart: Uint8Array, fileBytes: number): number {
  if (fileBytes < LENGTH_BYTES) fail('file is shorter than its length field', `${fileBytes} bytes`);
  const view = new DataView(fileStart.buffer, fileStart.byteOffset, fileStart.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, fileBytes - LENGTH_BYTES))) {
    const expected = `at most ${MAX_HEADER_BYTES} bytes and no more than the file has`;
    fail('header is too long', `${headerBytes} bytes`, expected);
  }
  return Number(headerBytes);
}

/**
 * The header of a file whose data are `dataBytes` long, each byte of them in exactly one tensor.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function parseHeader(headerBytes: Uint8Array, dataBytes: number): SafetensorsHeader {
  if (headerBytes[0] !== 0x7b) fail('header does not begin with "{"');
  const header = parseSafetensorsHeader(decodeUtf8(headerBytes));
  checkCoverage(header.entries, dataBytes);
  return header;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return fail('header is not UTF-8');
  }
}

/** Sorted by offset the tensors must follow each other without hole or overlap, up to the last byte. */
function checkCoverage(entries: readonly HeaderEntry[], dataBytes: number): void {
  const sorted = [...entries].sort((a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1]);
  let covered = 0;
  for (const { name, offsets } of sorted) {
    const [begin, end] = offsets;
    const got = `bytes ${begin} to ${end} of ${dataBytes}`;
    if (begin !== covered)
      fail(`tensor "${name}" overlaps another or leaves a hole`, got, `begin ${covered}`);
    if (end < begin || end > dataBytes) fail(`tensor "${name}" is out of range`, got);
    covered = end;
  }
  if (covered !== dataBytes) fail('data has bytes that no tensor owns', `${dataBytes}`, `${covered} bytes`);
}

/**
 * One tensor of a file.
 * @param data what the entry's offsets count in; not copied where aligned
 * @throws {EvokedError} ERR_MODEL_WEIGHTS
 */
export function readTensor(entry: HeaderEntry, data: Uint8Array): Tensor {
  const { name, dtype, shape } = entry;
  const [begin, end] = entry.offsets;
  if (!isDType(dtype)) {
    return fail(`tensor "${name}" has an unknown type`, dtype, Object.keys(ELEMENT_BYTES).join(', '));
  }
  const length = numElements(shape);
  // A product beyond 2^53 is inexact, but then also far beyond any file's length.
  if (length * ELEMENT_BYTES[dtype] !== end - begin) {
    const expected = `${length * ELEMENT_BYTES[dtype]} for ${dtype} [${shape.join(', ')}]`;
    fail(`tensor "${name}" has the wrong number of bytes`, `${end - begin}`, expected);
  }
  const misaligned = (data.byteOffset + begin) % ELEMENT_BYTES[dtype] !== 0;
  // Not slice(): that of a Buffer copies nothing.
  const bytes = misaligned ? new Uint8Array(data.subarray(begin, end)) : data.subarray(begin, end);
  return viewTensor(dtype, shape, bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
}

function viewTensor(
  dtype: DType,
  shape: readonly number[],
  buffer: ArrayBuffer,
  byteOffset: number,
  length: number,
): Tensor {
  switch (dtype) {
    case 'F16':
    case 'BF16':
      return { dtype, shape, data: new Uint16Array(buffer, byteOffset, length) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer, byteOffset, length) };
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer, byteOffset, length) };
    case 'U8':
      return { dtype, shape, data: new Uint8Array(buffer, byteOffset, length) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer, byteOffset, length) };
  }
}

function isDType(dtype: string): dtype is DType {
  return Object.hasOwn(ELEMENT_BYTES, dtype);
}

function fail(what: string, got?: string, expected?: string): never {
  throw new EvokedError('ERR_MODEL_WEIGHTS', {
    what: `safetensors ${what}`,
    ...(got === undefined ? {} : { got }),
    ...(expected === undefined ? {} : { expected }),
  });
}

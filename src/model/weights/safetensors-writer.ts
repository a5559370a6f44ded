import { open } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import { numElements, type TensorMap } from './tensor.js';

/** All offsets are multiples of the largest element, so that every reader can make views. */
const ALIGNMENT_BYTES = 8;
const RESERVED_NAMES = new Set(['__metadata__', '__proto__']);

/** The parts of a safetensors file in order; the tensors' own bytes, not copies. */
function safetensorsParts(tensors: TensorMap, metadata: ReadonlyMap<string, string>): Uint8Array[] {
  // Tensors with larger elements come first: offsets then stay aligned without holes, which the format forbids.
  const ordered = [...tensors].sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const members: string[] = metadata.size === 0 ? [] : [member('__metadata__', Object.fromEntries(metadata))];
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const end = offset + data.byteLength;
    checkTensor(name, shape, data.length);
    members.push(member(name, { dtype, shape, data_offsets: [offset, end] }));
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    offset = end;
  }
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const paddedLength = Math.ceil(json.byteLength / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const head = new Uint8Array(ALIGNMENT_BYTES + paddedLength).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(paddedLength), true);
  head.set(json, ALIGNMENT_BYTES);
  return [head, ...parts];
}

function member(key: string, value: unknown): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function checkTensor(name: string, shape: readonly number[], length: number): void {
  if (RESERVED_NAMES.has(name)) {
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `no tensor may be called "${name}"` });
  }
  if (numElements(shape) !== length) {
    const expected = `${numElements(shape)} for [${shape.join(', ')}]`;
    throw new EvokedError('ERR_MODEL_WEIGHTS', {
      what: `tensor "${name}" has the wrong number of values`,
      got: String(length),
      expected,
    });
  }
}

/**
 * A safetensors file of these tensors, in memory.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where a tensor's shape and length disagree
 */
export function encodeSafetensors(
  tensors: TensorMap,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata);
  const file = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.byteLength;
  }
  return file;
}

/**
 * Writes a safetensors file without holding a second copy of the tensors.
 * @throws {EvokedError} ERR_FILE_WRITE; ERR_MODEL_WEIGHTS where a tensor's shape and length disagree
 */
export async function writeSafetensors(
  path: string,
  tensors: TensorMap,
  metadata: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const parts = safetensorsParts(tensors, metadata);
  try {
    const file = await open(path, 'w');
    try {
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_FILE_WRITE', { what: `${path} cannot be written`, got, cause });
  }
}

import { numElements, type Tensor } from '../weights/tensor.js';
import { gatherStrided } from './gather.js';
import type { TensorRef } from './pickle-values.js';
import { refuse } from './refuse.js';
import { typedTensor } from './storage-types.js';

/** A strided tensor can name far more values than its file holds: copies are held against the file's size. */
const COPIES_PER_FILE_BYTE = 2;
const FREE_BYTES = 2 ** 24;

/** How much may still be copied out of a file. */
export class TensorBudget {
  #bytesLeft: number;

  constructor(fileBytes: number) {
    this.#bytesLeft = fileBytes * COPIES_PER_FILE_BYTE + FREE_BYTES;
  }

  /** @throws {EvokedError} ERR_MODEL_WEIGHTS where nothing is left */
  take(name: string, numBytes: number): void {
    this.#bytesLeft -= numBytes;
    if (this.#bytesLeft >= 0) return;
    refuse(
      `tensor ${name} of the checkpoint is far larger than the values it is made of`,
      `${numBytes} bytes`,
    );
  }
}

/**
 * The dense tensor that a description over a storage means: a view of it where it is dense and in order, a copy otherwise.
 * @param bytes of the whole storage, aligned to its elements
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where it reaches beyond the storage
 */
export function denseTensor(name: string, ref: TensorRef, bytes: Uint8Array, budget: TensorBudget): Tensor {
  const { storage, shape } = ref;
  const { elementBytes } = storage.type;
  const length = numElements(shape);
  checkReach(name, ref, length);
  if (length === 0) return typedTensor(storage.type, shape, new Uint8Array(0));
  const first = storage.firstElement + ref.offset;
  if (storage.type.isNarrow) budget.take(name, length * BigInt64Array.BYTES_PER_ELEMENT);
  if (!isRowMajor(ref)) {
    budget.take(name, length * elementBytes);
    const strided = { first, shape, strides: ref.strides };
    return typedTensor(storage.type, shape, gatherStrided(bytes, elementBytes, strided));
  }
  return typedTensor(
    storage.type,
    shape,
    bytes.subarray(first * elementBytes, (first + length) * elementBytes),
  );
}

function checkReach(name: string, { storage, shape, strides, offset }: TensorRef, length: number): void {
  if (length === 0) return;
  // Sums and products beyond 2^53 are inexact, but then far beyond any storage too.
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  if (last < storage.length && Number.isSafeInteger(length)) return;
  const got = `element ${last} of shape [${shape.join(', ')}], strides [${strides.join(', ')}]`;
  refuse(`tensor ${name} of the checkpoint reaches beyond its storage`, got, `${storage.length} elements`);
}

/** Strides of axes of one element say nothing. */
function isRowMajor({ shape, strides }: TensorRef): boolean {
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== stride) return false;
    stride *= shape[axis]!;
  }
  return true;
}

/** A place in a storage for each element of a tensor, in elements. */
export interface Strided {
  readonly first: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

type RawArray = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * The bytes of a strided tensor in row-major order. Elements are copied as whole numbers of their width, so that no bit
 * pattern is changed.
 * @param bytes of the storage, aligned to its elements
 */
export function gatherStrided(bytes: Uint8Array, elementBytes: 1 | 2 | 4 | 8, strided: Strided): Uint8Array {
  const source = rawView(bytes, elementBytes);
  const length = strided.shape.reduce((product, size) => product * size, 1);
  const dense = rawView(new Uint8Array(length * elementBytes), elementBytes);
  // Both are arrays of the same kind; TypeScript cannot see that.
  copyStrided(source as Uint8Array, dense as Uint8Array, strided);
  return new Uint8Array(dense.buffer);
}

function copyStrided(source: Uint8Array, dense: Uint8Array, { first, shape, strides }: Strided): void {
  const index = shape.map(() => 0);
  let from = first;
  for (let to = 0; to < dense.length; to++) {
    dense[to] = source[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

function rawView({ buffer, byteOffset, byteLength }: Uint8Array, elementBytes: 1 | 2 | 4 | 8): RawArray {
  const length = byteLength / elementBytes;
  switch (elementBytes) {
    case 1:
      return new Uint8Array(buffer, byteOffset, length);
    case 2:
      return new Uint16Array(buffer, byteOffset, length);
    case 4:
      return new Uint32Array(buffer, byteOffset, length);
    case 8:
      return new BigUint64Array(buffer, byteOffset, length);
  }
}

import type { DType, Tensor } from '../weights/tensor.js';

/** An element type of PyTorch's storages, as it lies in a file: little-endian. */
export interface StorageType {
  /** PyTorch's class name. */
  readonly name: string;
  readonly elementBytes: 1 | 2 | 4 | 8;
  /** What its tensors become. */
  readonly dtype: DType;
  /** Whether it is an integer that is widened to 64 bits. */
  readonly isNarrow?: true;
}

/** PyTorch's storage classes that weights come in. */
export const STORAGE_TYPES: readonly StorageType[] = [
  { name: 'FloatStorage', elementBytes: 4, dtype: 'F32' },
  { name: 'DoubleStorage', elementBytes: 8, dtype: 'F64' },
  { name: 'HalfStorage', elementBytes: 2, dtype: 'F16' },
  { name: 'BFloat16Storage', elementBytes: 2, dtype: 'BF16' },
  { name: 'LongStorage', elementBytes: 8, dtype: 'I64' },
  { name: 'IntStorage', elementBytes: 4, dtype: 'I64', isNarrow: true },
  { name: 'ShortStorage', elementBytes: 2, dtype: 'I64', isNarrow: true },
  { name: 'CharStorage', elementBytes: 1, dtype: 'I64', isNarrow: true },
  { name: 'ByteStorage', elementBytes: 1, dtype: 'U8' },
  { name: 'BoolStorage', elementBytes: 1, dtype: 'U8' },
];

/** A tensor over the bytes of its elements, dense and aligned; not copied, unless it is widened. */
export function typedTensor(type: StorageType, shape: readonly number[], bytes: Uint8Array): Tensor {
  const { dtype, elementBytes } = type;
  const buffer = bytes.buffer as ArrayBuffer;
  const length = bytes.byteLength / elementBytes;
  switch (dtype) {
    case 'F16':
    case 'BF16':
      return { dtype, shape, data: new Uint16Array(buffer, bytes.byteOffset, length) };
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer, bytes.byteOffset, length) };
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer, bytes.byteOffset, length) };
    case 'U8':
      return { dtype, shape, data: bytes };
    case 'I64': {
      if (type.isNarrow) return { dtype, shape, data: widen(elementBytes, bytes, length) };
      return { dtype, shape, data: new BigInt64Array(buffer, bytes.byteOffset, length) };
    }
  }
}

function widen(elementBytes: number, bytes: Uint8Array, length: number): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = new BigInt64Array(length);
  for (let i = 0; i < length; i++) {
    const at = i * elementBytes;
    if (elementBytes === 4) wide[i] = BigInt(view.getInt32(at, true));
    else wide[i] = BigInt(elementBytes === 2 ? view.getInt16(at, true) : view.getInt8(at));
  }
  return wide;
}

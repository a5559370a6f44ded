import { EvokedError } from '../../core/errors.js';
import { widenBfloat16, widenFloat16 } from './half.js';

/** Element types that weight and feature files may hold, by their safetensors names. */
export type DType = keyof TensorArrays;

/** The typed array that holds each element type; 16-bit floats are kept as raw bits. */
export interface TensorArrays {
  readonly F16: Uint16Array;
  readonly BF16: Uint16Array;
  readonly F32: Float32Array;
  readonly F64: Float64Array;
  readonly U8: Uint8Array;
  readonly I64: BigInt64Array;
}

/** A dense row-major tensor. `data.length` is the product of `shape`; an empty shape is one value. */
export type Tensor = {
  readonly [D in DType]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: TensorArrays[D];
  };
}[DType];

/** Tensors by name: what a weight file holds, and what networks are built from. Iterates in file order. */
export type TensorMap = ReadonlyMap<string, Tensor>;

/** Number of elements of a tensor of this shape; 1 for the empty shape. */
export function numElements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A float32 tensor over `data`, which is not copied. */
export function float32Tensor(shape: readonly number[], data: Float32Array): Tensor {
  return { dtype: 'F32', shape, data };
}

/**
 * The values of a floating-point tensor as float32; not copied where they are float32 already.
 * @param name only for the error
 * @throws {EvokedError} ERR_MODEL_WEIGHTS for integer tensors
 */
export function tensorFloats(name: string, tensor: Tensor): Float32Array {
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F64':
      return Float32Array.from(tensor.data);
    case 'F16':
      return widenFloat16(tensor.data);
    case 'BF16':
      return widenBfloat16(tensor.data);
    case 'U8':
    case 'I64':
      throw new EvokedError('ERR_MODEL_WEIGHTS', {
        what: `tensor "${name}" has the wrong element type`,
        got: tensor.dtype,
        expected: 'F16, BF16, F32 or F64',
      });
  }
}

/**
 * The named tensor as float32 (see `tensorFloats`), after checking that it is there and of exactly this shape.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS that names the tensor
 */
export function requireFloats(tensors: TensorMap, name: string, shape: readonly number[]): Float32Array {
  const tensor = tensors.get(name);
  const expected = `[${shape.join(', ')}]`;
  if (tensor === undefined) {
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what: `tensor "${name}" is missing`, expected });
  }
  const same = tensor.shape.length === shape.length && tensor.shape.every((size, i) => size === shape[i]);
  if (!same) {
    const got = `[${tensor.shape.join(', ')}]`;
    throw new EvokedError('ERR_MODEL_WEIGHTS', {
      what: `tensor "${name}" has the wrong shape`,
      got,
      expected,
    });
  }
  return tensorFloats(name, tensor);
}

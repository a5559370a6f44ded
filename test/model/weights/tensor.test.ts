import { describe, expect, it } from 'vitest';
import {
  float32Tensor,
  requireFloats,
  type Tensor,
  tensorFloats,
} from '../../../src/model/weights/tensor.js';

describe('tensorFloats', () => {
  it('does not copy float32', () => {
    const data = Float32Array.of(1, 2);
    expect(tensorFloats('t', float32Tensor([2], data))).toBe(data);
  });

  it('widens float16 exactly: zeros, subnormals, normals, infinities, NaN', () => {
    const bits = [0x0000, 0x8000, 0x0001, 0x03ff, 0x0400, 0x3555, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    const data = Uint16Array.from(bits);
    const values = tensorFloats('t', { dtype: 'F16', shape: [data.length], data });
    const expected = [
      0,
      -0,
      2 ** -24,
      1023 * 2 ** -24,
      2 ** -14,
      0.333251953125,
      -2,
      65504,
      Infinity,
      -Infinity,
      NaN,
    ];
    expect([...values]).toEqual(expected);
  });

  it('widens bfloat16 exactly', () => {
    const data = Uint16Array.of(0x3f80, 0xc040, 0x0000, 0x7f80, 0x0001);
    const values = tensorFloats('t', { dtype: 'BF16', shape: [5], data });
    expect([...values]).toEqual([1, -3, 0, Infinity, 2 ** -133]);
  });

  it('rounds float64 to float32', () => {
    const tensor: Tensor = { dtype: 'F64', shape: [], data: Float64Array.of(0.1) };
    expect([...tensorFloats('t', tensor)]).toEqual([Math.fround(0.1)]);
  });

  it('refuses integers', () => {
    const tensor: Tensor = { dtype: 'U8', shape: [1], data: Uint8Array.of(1) };
    expect(() => tensorFloats('counts', tensor)).toThrow(/"counts".*U8/);
  });
});

describe('requireFloats', () => {
  const tensors = new Map([['a.weight', float32Tensor([2, 1], new Float32Array(2))]]);

  it('gives the named tensor', () => {
    expect(requireFloats(tensors, 'a.weight', [2, 1])).toHaveLength(2);
  });

  it.each([
    ['b.weight', [2, 1]],
    ['a.weight', [1, 2]],
    ['a.weight', [2]],
    ['a.weight', [2, 1, 1]],
  ])('refuses %s %j and names it', (name, shape) => {
    expect(() => requireFloats(tensors, name, shape)).toThrow(
      expect.objectContaining({
        code: 'ERR_MODEL_WEIGHTS',
        message: expect.stringContaining(name) as string,
      }),
    );
  });
});

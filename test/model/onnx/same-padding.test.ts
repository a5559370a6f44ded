import { describe, expect, it } from 'vitest';
import { samePaddedSize, samePadding } from '../../../src/model/onnx/same-padding.js';

describe('samePadding', () => {
  it.each([
    [224, 3, 2, [0, 1]],
    [112, 5, 2, [1, 2]],
    [7, 3, 2, [1, 1]],
    [7, 5, 2, [2, 2]],
    [56, 3, 1, [1, 1]],
    [56, 5, 1, [2, 2]],
    [56, 1, 1, [0, 0]],
    [4, 1, 2, [0, 0]],
  ])('of %i with kernel %i and stride %i is %j', (size, kernelSize, stride, [before, after]) => {
    expect(samePadding(size, size, kernelSize, stride)).toEqual([before, before, after, after]);
  });

  it('is reckoned for each axis by itself', () => {
    expect(samePadding(7, 4, 3, 2)).toEqual([1, 0, 1, 1]);
  });

  it('gives ceil(size / stride) outputs', () => {
    for (let size = 1; size <= 40; size++) {
      for (const [kernelSize, stride] of [
        [3, 1],
        [3, 2],
        [5, 2],
        [5, 3],
      ] as const) {
        const [top, , bottom] = samePadding(size, size, kernelSize, stride);
        const outputs = Math.floor((size + top + bottom - kernelSize) / stride) + 1;
        expect(outputs).toBe(samePaddedSize(size, stride));
      }
    }
  });
});

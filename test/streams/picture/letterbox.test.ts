import { describe, expect, test } from 'vitest';
import { FRAME_BYTES, FRAME_SIZE } from '../../../src/core/time-grid.js';
import { letterboxRgb, planLetterbox } from '../../../src/streams/picture/letterbox.js';
import { drawGoldenFrame, GOLDEN_RESIZES, largestByteDifference } from '../../fixtures/golden-resize.js';

describe('letterbox and resize against OpenCV', () => {
  test.each(GOLDEN_RESIZES)('$width x $height', ({ width, height, expected }) => {
    expect(expected).toHaveLength(FRAME_BYTES);
    const data = drawGoldenFrame(width, height);
    const frame = letterboxRgb({ data, stride: width * 3 }, planLetterbox(width, height));
    expect(largestByteDifference(frame, expected)).toBeLessThanOrEqual(1);
  });

  test('rows may be longer than the picture', () => {
    const data = drawGoldenFrame(321, 241);
    const padded = new Uint8Array(241 * 1024).fill(255);
    for (let y = 0; y < 241; y++) padded.set(data.subarray(y * 963, (y + 1) * 963), y * 1024);
    const plan = planLetterbox(321, 241);
    expect(letterboxRgb({ data: padded, stride: 1024 }, plan)).toEqual(
      letterboxRgb({ data, stride: 963 }, plan),
    );
  });

  test('the padding is black, the odd row goes below', () => {
    const frame = letterboxRgb(
      { data: new Uint8Array(224 * 101 * 3).fill(200), stride: 672 },
      planLetterbox(224, 101),
    );
    const column = Array.from({ length: FRAME_SIZE }, (_, y) => frame[y * FRAME_SIZE * 3]);
    expect(column.indexOf(200)).toBe(61);
    expect(column.lastIndexOf(200)).toBe(161);
    expect(column.filter((value) => value === 0)).toHaveLength(123);
  });
});

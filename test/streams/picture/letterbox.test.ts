import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { FRAME_BYTES, FRAME_SIZE } from '../../../src/core/time-grid.js';
import { letterboxRgb, planLetterbox } from '../../../src/streams/picture/letterbox.js';

interface Golden {
  readonly salt: string;
  readonly cases: readonly { readonly width: number; readonly height: number; readonly deflate: string }[];
}

const golden = JSON.parse(
  readFileSync(new URL('../../fixtures/golden/resize.json', import.meta.url), 'utf8'),
) as Golden;

describe('letterbox and resize against OpenCV', () => {
  test.each(golden.cases)('$width x $height', ({ width, height, deflate }) => {
    const expected = inflateSync(Buffer.from(deflate, 'base64'));
    expect(expected).toHaveLength(FRAME_BYTES);
    const data = drawGoldenFrame(width, height);
    const frame = letterboxRgb({ data, stride: width * 3 }, planLetterbox(width, height));
    expect(largestDifference(frame, expected)).toBeLessThanOrEqual(1);
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

function drawGoldenFrame(width: number, height: number): Uint8Array {
  const random = mulberry32(fnv1a(`${golden.salt}/frame${width}x${height}`));
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const checker = ((Math.floor(x / 16) + Math.floor(y / 16)) % 2) * 200;
      for (const base of [(3 * x + y) % 256, (5 * y + Math.floor(x / 7)) % 256, checker]) {
        const noise = Math.floor((random() * 0.5 + 0.5) * 256);
        data[at++] = Math.floor((3 * base + noise) / 4);
      }
    }
  }
  return data;
}

/** Values in [-1, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * 2 - 1;
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

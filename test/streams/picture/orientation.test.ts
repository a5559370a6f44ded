import { describe, expect, test } from 'vitest';
import { FRAME_BYTES, FRAME_SIZE } from '../../../src/core/time-grid.js';
import { quarterTurnsOf, turnFrame, turnJpeg } from '../../../src/streams/picture/orientation.js';

function matrix(...values: number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

const ONE = 65_536;

describe('display matrix', () => {
  test.each([
    ['upright', matrix(ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), 0],
    ['a quarter clockwise', matrix(0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), 1],
    ['upside down', matrix(-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), 2],
    ['a quarter counter-clockwise', matrix(0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30), 3],
    ['mirrored left to right', matrix(-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), 0],
    ['mirrored top to bottom', matrix(ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30), 2],
    ['mirrored, and a quarter clockwise', matrix(0, -ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30), 1],
    ['none', null, 0],
    ['a short one', Buffer.alloc(8), 0],
  ] as const)('%s', (_, displayMatrix, turns) => {
    expect(quarterTurnsOf(displayMatrix)).toBe(turns);
  });
});

describe('turning a frame', () => {
  const frame = Uint8Array.from({ length: FRAME_BYTES }, (_, i) => (i * 31 + (i >> 9)) & 255);
  const pixel = (rgb: Uint8Array, x: number, y: number): number[] =>
    Array.from(rgb.subarray((y * FRAME_SIZE + x) * 3, (y * FRAME_SIZE + x) * 3 + 3));

  test('once clockwise: the upper left corner goes to the upper right', () => {
    const turned = turnFrame(frame, 1);
    expect(pixel(turned, FRAME_SIZE - 1, 0)).toEqual(pixel(frame, 0, 0));
    expect(pixel(turned, FRAME_SIZE - 1 - 20, 7)).toEqual(pixel(frame, 7, 20));
  });

  test('four quarters are none, two are a half, three undo one', () => {
    const twice = turnFrame(turnFrame(frame, 1), 1);
    expect(Buffer.from(twice).equals(turnFrame(frame, 2))).toBe(true);
    expect(Buffer.from(turnFrame(turnFrame(frame, 1), 3)).equals(frame)).toBe(true);
    expect(turnFrame(frame, 0)).toBe(frame);
  });
});

test('a turned JPEG says so in its Exif part, and is the same otherwise', () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 2, 0xff, 0xd9);
  const turned = Buffer.from(turnJpeg(jpeg, 1));
  expect(turned.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
  expect(turned.readUInt16BE(2)).toBe(0xffe1);
  const exifBytes = turned.readUInt16BE(4);
  expect(turned.subarray(4 + exifBytes)).toEqual(Buffer.from(jpeg.subarray(2)));
  expect(turned.toString('latin1', 6, 12)).toBe('Exif\0\0');
  expect(turned.readUInt16BE(22)).toBe(0x0112);
  expect(turned.readUInt16BE(30)).toBe(6);
});

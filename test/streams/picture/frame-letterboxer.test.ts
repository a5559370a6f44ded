import type { Frame } from 'node-av/lib';
import { afterAll, describe, expect, test } from 'vitest';
import { FRAME_BYTES, FRAME_SIZE } from '../../../src/core/time-grid.js';
import { loadNodeAv } from '../../../src/streams/decode/load-node-av.js';
import { FrameLetterboxer } from '../../../src/streams/picture/frame-letterboxer.js';
import { letterboxRgb, planLetterbox } from '../../../src/streams/picture/letterbox.js';

const av = await loadNodeAv();
const letterboxer = new FrameLetterboxer(av);
afterAll(() => letterboxer.close());

function makeFrame(format: Frame['format'], width: number, height: number): Frame {
  const frame = new av.Frame();
  frame.alloc();
  Object.assign(frame, { width, height, format });
  frame.getBuffer();
  return frame;
}

function centreOf(rgb: Uint8Array): number[] {
  const at = ((FRAME_SIZE / 2) * FRAME_SIZE + FRAME_SIZE / 2) * 3;
  return Array.from(rgb.subarray(at, at + 3));
}

test('an rgb24 picture is only letterboxed', () => {
  const frame = makeFrame(av.AV_PIX_FMT_RGB24, 322, 240);
  const data = frame.data![0]!;
  const stride = frame.linesize[0]!;
  for (let i = 0; i < data.length; i++) data[i] = (i * 7 + (i >> 8)) & 255;
  const expected = letterboxRgb({ data: Uint8Array.from(data), stride }, planLetterbox(322, 240));
  expect(letterboxer.letterbox(frame)).toEqual(expected);
  frame.free();
});

/** 8-bit Y'CbCr by the standards' own formula. */
function encode(
  [red, green, blue]: readonly [number, number, number],
  { kr, kb }: { kr: number; kb: number },
  full: boolean,
): [y: number, cb: number, cr: number] {
  const luma = kr * red + (1 - kr - kb) * green + kb * blue;
  const chromaGain = full ? 1 : 224 / 255;
  return [
    Math.round(full ? luma : 16 + (luma * 219) / 255),
    Math.round(128 + (chromaGain * (blue - luma)) / (2 * (1 - kb))),
    Math.round(128 + (chromaGain * (red - luma)) / (2 * (1 - kr))),
  ];
}

describe('colours', () => {
  const { AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P10LE } = av;
  const { AVCOL_SPC_UNSPECIFIED, AVCOL_SPC_BT709, AVCOL_SPC_SMPTE170M } = av;
  const bt601 = { kr: 0.299, kb: 0.114 };
  const bt709 = { kr: 0.2126, kb: 0.0722 };
  const cases = [
    { name: 'undeclared: BT.601', format: AV_PIX_FMT_YUV420P, space: AVCOL_SPC_UNSPECIFIED, weights: bt601 },
    { name: 'BT.601', format: AV_PIX_FMT_YUV420P, space: AVCOL_SPC_SMPTE170M, weights: bt601 },
    { name: 'BT.709', format: AV_PIX_FMT_YUV420P, space: AVCOL_SPC_BT709, weights: bt709 },
    { name: 'full range', format: AV_PIX_FMT_YUVJ420P, space: AVCOL_SPC_UNSPECIFIED, weights: bt601 },
    {
      name: 'full range of a format that may be either',
      format: AV_PIX_FMT_YUV420P,
      space: AVCOL_SPC_BT709,
      weights: bt709,
      full: true,
    },
    { name: 'nv12', format: AV_PIX_FMT_NV12, space: AVCOL_SPC_UNSPECIFIED, weights: bt601 },
    { name: '10 bit', format: AV_PIX_FMT_YUV420P10LE, space: AVCOL_SPC_BT709, weights: bt709 },
  ];
  test.each(cases)('$name', ({ format, space, weights, full = format === AV_PIX_FMT_YUVJ420P }) => {
    const frame = makeFrame(format, 640, 360);
    frame.colorSpace = space;
    if (full) frame.colorRange = av.AVCOL_RANGE_JPEG;
    const yuv = encode([200, 60, 40], weights, full);
    const [y, cb, cr] = yuv;
    const [luma, first, second] = frame.data!;
    if (format === AV_PIX_FMT_YUV420P10LE) {
      [luma, first, second].forEach((plane, i) => {
        new Uint16Array(plane!.buffer, plane!.byteOffset, plane!.length / 2).fill(yuv[i]! * 4);
      });
    } else {
      luma!.fill(y);
      first!.fill(format === AV_PIX_FMT_NV12 ? Buffer.from([cb, cr]) : cb);
      if (format !== AV_PIX_FMT_NV12) second!.fill(cr);
    }
    const [red = 0, green = 0, blue = 0] = centreOf(letterboxer.letterbox(frame));
    expect(Math.max(Math.abs(red - 200), Math.abs(green - 60), Math.abs(blue - 40))).toBeLessThanOrEqual(4);
    frame.free();
  });
});

test('two fields are taken as one picture', () => {
  const frame = makeFrame(av.AV_PIX_FMT_YUV420P, 720, 576);
  for (const plane of frame.data!) plane.fill(128);
  frame.setFlags(av.AV_FRAME_FLAG_INTERLACED, av.AV_FRAME_FLAG_TOP_FIELD_FIRST);
  expect(centreOf(letterboxer.letterbox(frame)).every((value) => Math.abs(value - 130) <= 2)).toBe(true);
  frame.free();
});

test('the size may change from picture to picture', () => {
  for (const [width, height] of [
    [640, 360],
    [360, 640],
    [64, 64],
    [1, 1],
  ] as const) {
    const frame = makeFrame(av.AV_PIX_FMT_GRAY8, width, height);
    frame.data![0]!.fill(140);
    const rgb = letterboxer.letterbox(frame);
    expect(rgb).toHaveLength(FRAME_BYTES);
    expect(centreOf(rgb).every((value) => Math.abs(value - 140) <= 2)).toBe(true);
    frame.free();
  }
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FRAME_BYTES, FRAME_SIZE, segmentNumSamples, segmentStartSample } from '../../src/core/time-grid.js';
import { LogMel } from '../../src/model/audio/log-mel.js';
import { readSafetensors } from '../../src/model/weights/safetensors.js';
import { writeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import type { TensorMap } from '../../src/model/weights/tensor.js';
import { drawGoldenFrame, GOLDEN_RESIZES, largestByteDifference } from '../fixtures/golden-resize.js';
import { writeImage, type ImageFormat } from '../fixtures/image-file.js';
import { runEvoked } from '../fixtures/run-evoked.js';
import { goldenEfficientNet } from '../model/visual/golden-efficientnet.js';
import {
  goldenFloats,
  largestDifference,
  readGolden,
  type GoldenArray,
} from '../model/weights/golden-array.js';

let folder: string;
let images: string;
let out: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-features-'));
  images = join(folder, 'images');
  out = join(folder, 'out.safetensors');
  await mkdir(images);
});
afterEach(() => rm(folder, { recursive: true }));

async function features(media: string, ...flags: string[]): Promise<TensorMap> {
  const run = await runEvoked('features', media, ...flags, '--out', out);
  expect(run.stderr).toMatch(/^\d+ rows/);
  expect(run.code).toBe(0);
  return (await readSafetensors(out)).tensors;
}

const bytesOf = (tensors: TensorMap, name: string): Uint8Array => tensors.get(name)!.data as Uint8Array;
const floatsOf = (tensors: TensorMap, name: string): Float32Array => tensors.get(name)!.data as Float32Array;
const secondsOf = (tensors: TensorMap): number[] => Array.from(tensors.get('seconds')!.data as Float64Array);

describe('evoked features of a folder of images', () => {
  test("--stage frames: OpenCV's letterbox and resize to 1 grey level, in the order of the names", async () => {
    for (const [i, { width, height }] of GOLDEN_RESIZES.entries()) {
      const rgb = drawGoldenFrame(width, height);
      // 7 to 13: the order of numbers is not that of letters.
      await writeImage(join(images, `frame ${i + 7}.png`), { width, height, rgb }, 'png');
    }
    await writeFile(join(images, 'notes.txt'), 'not an image');
    await writeFile(join(images, '.frame 1.png'), 'a hidden file');
    const tensors = await features(images, '--stage', 'frames');
    expect(tensors.get('frames')!.shape).toEqual([7, FRAME_SIZE, FRAME_SIZE, 3]);
    expect(secondsOf(tensors)).toEqual([0, 1, 2, 3, 4, 5, 6].map((k) => k / 6));
    const differences = GOLDEN_RESIZES.map(({ expected }, i) =>
      largestByteDifference(
        bytesOf(tensors, 'frames').subarray(i * FRAME_BYTES, (i + 1) * FRAME_BYTES),
        expected,
      ),
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
  });

  test("--stage embedding: timm's EfficientNet-B0 features from a weight file", async () => {
    const golden = goldenEfficientNet();
    const weights = join(folder, 'efficientnet.safetensors');
    await writeSafetensors(weights, golden.tensors);
    for (const [i, rgb] of golden.frames.entries()) {
      await writeImage(join(images, `${i}.png`), { width: FRAME_SIZE, height: FRAME_SIZE, rgb }, 'png');
    }
    const tensors = await features(images, '--stage', 'embedding', '--visual-extractor', weights);
    expect([...tensors.keys()].sort()).toEqual(['seconds', 'visual']);
    expect(tensors.get('visual')!.shape).toEqual([3, 1280]);
    expect(largestDifference(floatsOf(tensors, 'visual'), golden.features)).toBeLessThan(2e-4);
  });

  test('every format, whatever the name says, at its own size', async () => {
    const formats: [ImageFormat, tolerance: number][] = [
      ['png', 0],
      ['rgba.png', 0],
      ['bmp', 0],
      ['tiff', 0],
      ['ppm', 0],
      ['qoi', 0],
      ['jpg', 6],
      ['webp', 12],
      ['gray.png', 0],
    ];
    for (const [i, [format]] of formats.entries()) {
      const [width, height] = [200 + 7 * i, 120 + 3 * i];
      const rgb = new Uint8Array(width * height * 3);
      for (let at = 0; at < rgb.length; at += 3)
        rgb.set(format === 'gray.png' ? [90, 90, 90] : [200, 60, 40], at);
      const name = format === 'qoi' ? `${i}.jpg` : `${i}.${format}`;
      await writeImage(join(images, name), { width, height, rgb }, format);
    }
    const tensors = await features(images, '--stage', 'frames');
    const frames = bytesOf(tensors, 'frames');
    formats.forEach(([format, tolerance], i) => {
      const at = i * FRAME_BYTES + ((FRAME_SIZE / 2) * FRAME_SIZE + FRAME_SIZE / 2) * 3;
      const expected = format === 'gray.png' ? [90, 90, 90] : [200, 60, 40];
      const got = Array.from(frames.subarray(at, at + 3));
      const worst = Math.max(...got.map((value, channel) => Math.abs(value - expected[channel]!)));
      expect(worst, `${format}: ${got.join()}`).toBeLessThanOrEqual(tolerance);
    });
  });

  test.each([
    ['text', Buffer.from('Dear Sir or Madam'), 'ERR_SOURCE_NOT_MEDIA'],
    ['nothing', Buffer.alloc(0), 'ERR_SOURCE_NOT_MEDIA'],
    ['the head of an image', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'ERR_SOURCE_NOT_MEDIA'],
  ])('a file with %s is an error that names it', async (_, content, code) => {
    const rgb = new Uint8Array(48).fill(9);
    await writeImage(join(images, 'a.png'), { width: 4, height: 4, rgb }, 'png');
    await writeFile(join(images, 'b.png'), content);
    const run = await runEvoked('features', images, '--stage', 'frames', '--out', out);
    expect(run.code).toBe(1);
    expect(run.stderr.trim()).toMatch(new RegExp(`^${code}: .*b\\.png`));
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a folder without images is an error', async () => {
    await writeFile(join(images, 'notes.txt'), '');
    const run = await runEvoked('features', images, '--stage', 'frames', '--out', out);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^ERR_SOURCE_NO_TRACKS: .*images/);
  });
});

/** Mono 32-bit float WAV at 16 kHz. */
function floatWav(samples: Float32Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(3, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(64_000, 28);
  header.writeUInt16LE(4, 32);
  header.writeUInt16LE(32, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}

describe('evoked features of a WAV file', () => {
  const golden = readGolden<Record<'signals' | 'logMel', Readonly<Record<string, GoldenArray>>>>('log-mel');
  const ofOneSegment = Object.keys(golden.signals).filter((name) => golden.signals[name]!.shape[0] === 2667);

  test.each(ofOneSegment)('--stage logmel agrees with the reference on %s', async (name) => {
    const wav = join(folder, `${name}.wav`);
    await writeFile(wav, floatWav(goldenFloats(golden.signals[name]!)));
    const tensors = await features(wav, '--stage', 'logmel');
    expect(tensors.get('logmel')!.shape).toEqual([1, 96, 64]);
    expect(secondsOf(tensors)).toEqual([0]);
    expect(largestDifference(floatsOf(tensors, 'logmel'), goldenFloats(golden.logMel[name]!))).toBeLessThan(
      1e-4,
    );
  });

  // The reference takes this second as one row; on the grid it is six, which the library must make of the same samples.
  test('the reference second passes the decoder bit for bit, as six rows', async () => {
    const samples = goldenFloats(golden.signals['full']!);
    const wav = join(folder, 'full.wav');
    await writeFile(wav, floatWav(samples));
    const tensors = await features(wav, '--stage', 'logmel');
    const rows = [0, 1, 2, 3, 4, 5].map((k) =>
      samples.slice(segmentStartSample(k), segmentStartSample(k) + segmentNumSamples(k)),
    );
    expect(largestDifference(floatsOf(tensors, 'logmel'), new LogMel().compute(rows))).toBe(0);
  });
});

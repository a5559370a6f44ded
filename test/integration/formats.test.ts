import { expect, test } from 'vitest';
import { FRAME_SIZE } from '../../src/core/time-grid.js';
import { steadyTone } from '../fixtures/changed-media.js';
import { decodeAll, expectedPicks, fileOptions, joinAudio, segmentOf } from '../fixtures/decode.js';
import { makeMp4, type MediaOptions } from '../fixtures/media.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';

type Format = Omit<MediaOptions, 'seconds'> & { readonly name: string };

/** Each container, video codec, pixel format, size, audio codec, rate and channel count that people send, once. */
const FORMATS: readonly Format[] = [
  { name: 'a.mkv', pixelFormat: 'yuv420p10le', audioCodec: 'pcm_s16le', sampleRateHz: 8000, channels: 1 },
  { name: 'a.mkv', pixelFormat: 'yuv422p', audioCodec: 'flac', sampleRateHz: 11_025 },
  {
    name: 'a.mp4',
    pixelFormat: 'yuv444p',
    width: 321,
    height: 241,
    audioCodec: 'libmp3lame',
    sampleRateHz: 22_050,
  },
  {
    name: 'a.mp4',
    videoCodec: 'libx265',
    pixelFormat: 'yuv420p10le',
    audioCodec: 'aac',
    sampleRateHz: 96_000,
  },
  {
    name: 'a.mkv',
    videoCodec: 'libx265',
    pixelFormat: 'yuv422p10le',
    audioCodec: 'pcm_f32le',
    sampleRateHz: 96_000,
  },
  { name: 'a.webm', videoCodec: 'libvpx', width: 17, height: 33, audioCodec: 'libopus', channels: 1 },
  {
    name: 'a.webm',
    videoCodec: 'libvpx-vp9',
    width: 321,
    height: 241,
    audioCodec: 'libvorbis',
    sampleRateHz: 44_100,
  },
  { name: 'a.webm', videoCodec: 'libvpx-vp9', pixelFormat: 'yuv444p', audioCodec: 'libopus', channels: 6 },
  { name: 'a.mp4', videoCodec: 'libsvtav1', audioCodec: 'aac', sampleRateHz: 16_000, channels: 1 },
  { name: 'a.ts', videoCodec: 'mpeg2video', interlaced: true, audioCodec: 'ac3', channels: 6 },
  { name: 'a.avi', videoCodec: 'mpeg4', audioCodec: 'pcm_s16le', sampleRateHz: 22_050 },
  {
    name: 'a.mov',
    videoCodec: 'mjpeg',
    width: 1279,
    height: 5,
    audioCodec: 'pcm_alaw',
    sampleRateHz: 8000,
    channels: 1,
  },
  { name: 'a.mov', pixelAspect: [16, 11], audioCodec: 'pcm_mulaw', sampleRateHz: 8000, channels: 1 },
  { name: 'a.mkv', videoCodec: 'ffv1', pixelFormat: 'yuv444p10le', audioCodec: 'eac3', channels: 6 },
  { name: 'a.mkv', videoCodec: 'mjpeg', audioCodec: 'g722', sampleRateHz: 16_000, channels: 1 },
  { name: 'a.mkv', audioCodec: 'flac', channels: 8 },
];

/** Codecs that are less true to a tone at its edges, or mix channels. */
const ROUGH: ReadonlySet<MediaOptions['audioCodec']> = new Set(['libopus', 'ac3', 'eac3', 'libmp3lame']);

/** Of channels that are not alike, so that a mean is told from anything else. */
const gainOf = (channel: number): number => (channel === 3 ? 0 : 0.5 + 0.25 * (channel % 3));

function expectPictures(frames: Awaited<ReturnType<typeof decodeAll>>['frames'], format: Format): void {
  const { width = 320, height = 180 } = format;
  expect(frames).toHaveLength(6);
  const scale = FRAME_SIZE / Math.max(width, height);
  const [shownWidth, shownHeight] = [width * scale, height * scale];
  // A bar of less than a pixel cannot be read.
  if (shownWidth === FRAME_SIZE && shownHeight > 20) {
    const expected = expectedPicks(Array.from({ length: 25 }, (_, i) => i / 25));
    expect(frames.map(segmentOf)).toEqual(expected.map(([segment]) => segment));
    // Containers that begin with a moment of sound put the first picture a little later.
    frames.forEach(({ rgb }, i) => {
      expect(Math.abs(readFrameIndex(rgb) - expected[i]![1])).toBeLessThanOrEqual(1);
    });
  }
  if (shownHeight < 20) return;
  // Grey of 128 is that of full range, or 130 where black is 16.
  const y = Math.round((FRAME_SIZE - shownHeight * 0.6) / 2);
  const grey = format.videoCodec === 'mjpeg' ? 128 : 130;
  for (const { rgb } of frames) {
    const at = (y * FRAME_SIZE + FRAME_SIZE / 2) * 3;
    for (const value of rgb.subarray(at, at + 3)) expect(Math.abs(value - grey)).toBeLessThanOrEqual(4);
  }
}

function amplitudeAt1kHz(samples: Float32Array): number {
  let [sine, cosine] = [0, 0];
  samples.forEach((sample, i) => {
    const phase = (2 * Math.PI * 1000 * i) / 16_000;
    sine += sample * Math.sin(phase);
    cosine += sample * Math.cos(phase);
  });
  return (2 * Math.hypot(sine, cosine)) / samples.length;
}

test.each(FORMATS)(
  '$name: $videoCodec $pixelFormat, $audioCodec $sampleRateHz Hz $channels',
  async (format) => {
    const sampleAt = (seconds: number, channel: number): number => steadyTone(seconds) * gainOf(channel);
    const path = await makeMp4({ seconds: 1, keyIntervalFrames: 25, sampleAt, ...format });
    const { error, frames, audio, tracks, events } = await decodeAll(fileOptions(path));
    expect(error).toBeNull();
    expect(events.filter(({ type }) => type === 'timeline')).toHaveLength(1);
    expectPictures(frames, format);

    const { channels = 2, sampleRateHz = 48_000 } = format;
    expect(tracks?.audio).toMatchObject({ channels, sampleRateHz });
    const samples = joinAudio(audio);
    expect(samples.length / 16_000).toBeGreaterThan(0.95);
    expect(samples.length / 16_000).toBeLessThan(1.1);
    const heard = samples.subarray(4000, 12_000);
    const mean =
      Array.from({ length: channels }, (_, channel) => gainOf(channel)).reduce((a, b) => a + b) / channels;
    const amplitude = amplitudeAt1kHz(heard) / (0.4 * mean);
    expect(amplitude).toBeGreaterThan(ROUGH.has(format.audioCodec) ? 0.9 : 0.95);
    expect(amplitude).toBeLessThan(ROUGH.has(format.audioCodec) ? 1.1 : 1.05);
  },
);

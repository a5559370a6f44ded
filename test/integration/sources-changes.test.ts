import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import type { AudioFrame, VideoFrame } from '../../src/core/media.js';
import { makeChangedMedia, PART_SECONDS } from '../fixtures/changed-media.js';
import { decodeAll, fileOptions, joinAudio, segmentOf } from '../fixtures/decode.js';
import { broadcast } from '../fixtures/http-media.js';
import { listenOnLoopback, type Listening } from '../fixtures/listen.js';
import { startRtmpServer } from '../fixtures/rtmp-server.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import { watchSource } from '../fixtures/watch-source.js';

let server: Listening | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

const BIG = { width: 480, height: 270 } as const;
const MONO = { sampleRateHz: 44_100, channels: 1 } as const;
const OPUS = { videoCodec: 'libvpx', audioCodec: 'libopus' } as const;

/** Pictures of both parts in their places, and at most `numLost` segments without one where the second begins. */
function expectPictures(frames: readonly VideoFrame[], numLost: number): void {
  expect(frames.length).toBeGreaterThanOrEqual(24 - numLost);
  for (const frame of frames) {
    const seconds = frame.ptsUs / 1e6;
    const inPart = seconds < PART_SECONDS ? seconds : seconds - PART_SECONDS;
    expect(Math.abs(readFrameIndex(frame.rgb) - inPart * 25)).toBeLessThanOrEqual(2);
  }
  const segments = frames.map(segmentOf);
  expect(new Set(segments).size).toBe(segments.length);
}

/** As loud all the time, but for a moment at the change. */
function expectTone(audio: readonly AudioFrame[]): void {
  const samples = joinAudio(audio);
  expect(samples.length / 16_000).toBeGreaterThan(2 * PART_SECONDS - 0.05);
  for (let at = 3200; at + 3200 < 2 * PART_SECONDS * 16_000; at += 3200) {
    if (Math.abs(at - PART_SECONDS * 16_000) < 4000) continue;
    const power = samples.subarray(at, at + 3200).reduce((sum, sample) => sum + sample * sample, 0) / 3200;
    expect(Math.sqrt(power)).toBeCloseTo(0.283, 1);
  }
}

describe('a change in mid-stream', () => {
  test.each([
    ['size and sample rate', 'ts', {}, { ...BIG, ...MONO }, 0],
    ['H.264 to H.265', 'ts', {}, { ...BIG, videoCodec: 'libx265' }, 3],
    [
      'H.264 and AAC to MPEG-2 and MP3',
      'ts',
      {},
      { ...MONO, videoCodec: 'mpeg2video', audioCodec: 'libmp3lame' },
      3,
    ],
    ['size and sample rate', 'flv', {}, { ...BIG, ...MONO }, 0],
    ['H.264 to H.265', 'flv', {}, { ...BIG, videoCodec: 'libx265' }, 0],
    ['size', 'webm', OPUS, { ...OPUS, ...BIG }, 0],
  ] as const)('of %s in %s goes on in the same timeline', async (_, ending, first, second, numLost) => {
    const path = await makeChangedMedia(ending, first, second);
    const { error, events, frames, audio } = await decodeAll(fileOptions(path), { preview: true });
    expect(error).toBeNull();
    expect(events.filter(({ type }) => type === 'timeline')).toEqual([{ type: 'timeline', reason: 'start' }]);
    expectPictures(frames, numLost);
    expectTone(audio);
    expect(frames.every(({ previewJpeg }) => previewJpeg !== null)).toBe(true);
  });

  test.each([
    ['the same codecs', {}],
    ['other codecs', { ...MONO, videoCodec: 'libx265', audioCodec: 'libmp3lame' }],
  ] as const)('to other tracks of %s in MPEG-TS loses nothing', async (_, second) => {
    const path = await makeChangedMedia('ts', {}, second, {
      mpegts_start_pid: '0x200',
      mpegts_pmt_start_pid: '0x1100',
    });
    const { error, events, frames, audio } = await decodeAll(fileOptions(path));
    expect(error).toBeNull();
    expect(events.filter(({ type }) => type === 'timeline')).toEqual([{ type: 'timeline', reason: 'start' }]);
    expectPictures(frames, 0);
    expectTone(audio);
  });

  test('is no loss to a live stream over HTTP', async () => {
    const path = await makeChangedMedia('ts', {}, { ...BIG, ...MONO, videoCodec: 'libx265' });
    const send = broadcast(readFileSync(path), { contentType: 'video/mp2t', seconds: 2 * PART_SECONDS });
    server = await listenOnLoopback(createServer(send));
    const watched = await watchSource(
      `http://127.0.0.1:${server.port}/live`,
      ({ frames }) => (frames.at(-1)?.ptsUs ?? 0) > 3.2e6,
    );
    expect(watched.story).toEqual(['connecting', 'live']);
    expect(watched.segments.filter(({ type }) => type === 'epoch')).toHaveLength(1);
  });

  test('is no loss to a live stream over RTMP', async () => {
    const path = await makeChangedMedia('flv', {}, { ...BIG, ...MONO });
    server = await startRtmpServer(readFileSync(path));
    const watched = await watchSource(
      `rtmp://127.0.0.1:${server.port}/live/key`,
      ({ frames }) => frames.length >= 20,
    );
    expect(watched.story).toEqual(['connecting', 'live']);
    expect(watched.segments.filter(({ type }) => type !== 'segment')).toHaveLength(1);
  });
});

import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { steadyTone } from '../fixtures/changed-media.js';
import { decodeAll, fileOptions, joinAudio, type Decoded } from '../fixtures/decode.js';
import {
  cutInto,
  makeHlsFolder,
  writePlaylist,
  writeVariants,
  type HlsFolder,
} from '../fixtures/hls-folder.js';
import { listenOnLoopback, type Listening } from '../fixtures/listen.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';

let server: Listening | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

async function play({ listener }: HlsFolder, name: string): Promise<Decoded> {
  server = await listenOnLoopback(createServer(listener));
  return decodeAll(fileOptions(`http://127.0.0.1:${server.port}/${name}`));
}

const MEDIA = { seconds: 2, sampleAt: steadyTone } as const;
const BIG = { width: 480, height: 270 } as const;
const TS = { segmentSeconds: 1, form: 'mpegts' } as const;

describe('a playlist', () => {
  test.each([
    ['MPEG-TS, encrypted', { ...TS, key: Buffer.from('sixteen byte key') }],
    ['fragmented MP4', { segmentSeconds: 1, form: 'fmp4' }],
    ['fragmented MP4, encrypted', { segmentSeconds: 1, form: 'fmp4', key: Buffer.from('sixteen byte key') }],
  ] as const)('of %s', async (_, cut) => {
    const web = makeHlsFolder();
    writePlaylist(web.folder, 'a.m3u8', [await cutInto(web.folder, MEDIA, { ...cut, prefix: 'a' })]);
    const { error, frames, audio } = await play(web, 'a.m3u8');
    expect(error).toBeNull();
    expect(frames).toHaveLength(12);
    expect(joinAudio(audio).length / 16_000).toBeCloseTo(2, 1);
  });

  test('whose codec, size and sample rate change at a discontinuity goes on in a new timeline', async () => {
    const web = makeHlsFolder();
    const second = {
      ...MEDIA,
      ...BIG,
      keyIntervalFrames: 10,
      videoCodec: 'libx265',
      sampleRateHz: 44_100,
    } as const;
    writePlaylist(web.folder, 'a.m3u8', [
      await cutInto(web.folder, MEDIA, { ...TS, prefix: 'a' }),
      await cutInto(web.folder, second, { ...TS, prefix: 'b' }),
    ]);
    const { error, frames, audio, events } = await play(web, 'a.m3u8');
    expect(error).toBeNull();
    const starts = events.flatMap((event, at) =>
      event.type === 'timeline' ? [{ reason: event.reason, at }] : [],
    );
    expect(starts.map(({ reason }) => reason)).toEqual(['start', 'discontinuity']);
    const numFirst = events.slice(0, starts[1]?.at).filter(({ type }) => type === 'videoFrame').length;
    expect(numFirst).toBeGreaterThanOrEqual(11);
    // The first pictures of another codec may be lost, up to its second keyframe.
    expect(frames.length - numFirst).toBeGreaterThanOrEqual(9);
    for (const { ptsUs, rgb } of frames.slice(numFirst)) {
      expect(Math.abs(readFrameIndex(rgb) - ptsUs / 40_000)).toBeLessThanOrEqual(3);
    }
    expect(audio.reduce((sum, { samples }) => sum + samples.length, 0) / 16_000).toBeCloseTo(4, 0);
  });
});

describe('a playlist of variants', () => {
  test('is played in the smallest that loses nothing; the others are left alone', async () => {
    const web = makeHlsFolder();
    const variants = [
      { name: 'big', width: 640, height: 360 },
      { name: 'middle', width: 400, height: 224 },
      { name: 'small', width: 256, height: 144 },
    ];
    for (const { name, ...size } of variants) {
      const entries = await cutInto(web.folder, { ...MEDIA, ...size, seconds: 4 }, { ...TS, prefix: name });
      writePlaylist(web.folder, name, [entries]);
    }
    writeVariants(web.folder, 'main.m3u8', variants);
    const { error, tracks, frames } = await play(web, 'main.m3u8');
    expect(error).toBeNull();
    expect(tracks?.video).toMatchObject({ width: 400, height: 224 });
    expect(frames).toHaveLength(24);
    // All are looked into when the source is opened, as FFmpeg does.
    expect(web.requests).toContain('middle-3.ts');
    expect(web.requests).not.toContain('big-3.ts');
    expect(web.requests).not.toContain('small-3.ts');
  });

  test('takes its sound from a rendition of its own', async () => {
    const web = makeHlsFolder();
    const sound = await cutInto(web.folder, { ...MEDIA, video: false }, { ...TS, prefix: 'sound' });
    writePlaylist(web.folder, 'sound', [sound]);
    const variants = [{ name: 'picture', ...BIG }];
    const entries = await cutInto(
      web.folder,
      { ...MEDIA, ...BIG, audio: false },
      { ...TS, prefix: 'picture' },
    );
    writePlaylist(web.folder, 'picture', [entries]);
    writeVariants(web.folder, 'main.m3u8', variants, 'sound');
    const { error, frames, audio } = await play(web, 'main.m3u8');
    expect(error).toBeNull();
    expect(frames).toHaveLength(12);
    expect(joinAudio(audio).length / 16_000).toBeCloseTo(2, 1);
  });
});

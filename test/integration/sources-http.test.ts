import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeAll, fileOptions, joinAudio, type Decoded } from '../fixtures/decode.js';
import { broadcast, serveFile } from '../fixtures/http-media.js';
import { listenOnLoopback } from '../fixtures/listen.js';
import { makeMp4, muxMedia, temporaryFolder } from '../fixtures/media.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import { startTlsProxy } from '../fixtures/tls-proxy.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = await listenOnLoopback(createServer(listener));
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.port}`;
}

describe('a file on a server', () => {
  async function play(index: 'first' | 'last', seekable: boolean): Promise<Decoded> {
    const path = join(temporaryFolder(), `${index}-${seekable}.mp4`);
    await muxMedia(
      { seconds: 4, bFrames: 2 },
      { address: path, settings: index === 'first' ? { movflags: 'faststart' } : {} },
    );
    const url = await serve(serveFile(readFileSync(path), seekable));
    return decodeAll(fileOptions(`${url}/film.mp4`));
  }

  test.each([
    ['its index at the end, from a server that answers ranges', 'last', true],
    ['its index at the beginning, from one that does not', 'first', false],
  ] as const)('%s', async (_, index, seekable) => {
    const { error, frames, audio } = await play(index, seekable);
    expect(error).toBeNull();
    expect(frames).toHaveLength(24);
    expect(joinAudio(audio).length).toBeGreaterThan(63_900);
  });

  test('its index at the end, from a server that cannot go back: an error, not an empty film', async () => {
    const { error } = await play('last', false);
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message).toMatch(/127\.0\.0\.1.*no packets/);
  });

  test('over TLS, whoever has signed its certificate', async () => {
    const bytes = readFileSync(await makeMp4({ seconds: 1 }));
    const { port } = new URL(await serve(serveFile(bytes, true)));
    const proxy = await startTlsProxy(Number(port));
    closing.push(() => proxy.close());
    const { error, frames } = await decodeAll(fileOptions(`https://127.0.0.1:${proxy.port}/film.mp4`));
    expect(error).toBeNull();
    expect(frames).toHaveLength(6);
  });

  test('whose address does not say so: it ends, and is not opened again', async () => {
    const bytes = readFileSync(await makeMp4({ seconds: 3 }));
    const url = await serve(serveFile(bytes, true));
    const { story, frames, tracks } = await watchSource(`${url}/watch?v=17`);
    expect(story).toEqual(['connecting', 'live', 'ended']);
    expect(tracks?.durationSeconds).toBeCloseTo(3, 1);
    expect(frames).toHaveLength(18);
  });
});

/** Seconds of sound that were heard so far. */
const heardSeconds = ({ audio }: Watched): number => {
  const last = audio.at(-1);
  return last === undefined ? 0 : (last.startSample + last.samples.length) / 16_000;
};

function expectNothingLost({ segments, story, numDropped }: Watched): void {
  expect(story).toEqual(['connecting', 'live']);
  expect(segments.filter(({ type }) => type === 'gap')).toEqual([]);
  expect(segments.filter(({ type }) => type === 'epoch')).toHaveLength(1);
  expect(numDropped).toBe(0);
}

describe.concurrent('a broadcast over HTTP', () => {
  test('MPEG-TS in an answer that never ends', async () => {
    const options = { seconds: 12, name: 'a.ts', keyIntervalFrames: 10 };
    const bytes = readFileSync(await makeMp4(options));
    const url = await serve(broadcast(bytes, { contentType: 'video/mp2t', seconds: options.seconds }));
    const watched = await watchSource(`${url}/live`, ({ frames }) => frames.length >= 36);
    expectNothingLost(watched);
    const picks = watched.frames.map(({ rgb }) => readFrameIndex(rgb));
    for (const [i, index] of picks.slice(1).entries()) expect([3, 4, 5]).toContain(index - picks[i]!);
  });

  test.each([
    ['mp3', 'libmp3lame', 'audio/mpeg'],
    ['ogg', 'libopus', 'application/ogg'],
  ] as const)('radio in %s, with a head start of 4 s', async (ending, audioCodec, contentType) => {
    const options = { seconds: 20, video: false, audioCodec, name: `radio.${ending}` };
    const bytes = readFileSync(await makeMp4(options));
    const url = await serve(broadcast(bytes, { contentType, seconds: options.seconds, headStartSeconds: 4 }));
    const watched = await watchSource(`${url}/station`, (each) => heardSeconds(each) >= 7);
    expectNothingLost(watched);
    expect(watched.tracks).toMatchObject({ video: null, durationSeconds: null });
    const samples = joinAudio(watched.audio);
    expect(samples.subarray(800).some(Number.isNaN)).toBe(false);
    const [first, last] = [watched.audio[0]!, watched.audio.at(-1)!];
    // At the speed of its clock, not at once.
    const tookMs = last.arrivedAtMs - first.arrivedAtMs;
    expect(tookMs).toBeGreaterThan(6000);
    expect(tookMs).toBeLessThan(8000);
  });
});

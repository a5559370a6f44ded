import { createServer } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { quantile } from '../../src/core/quantile.js';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { makeHls, serveHls, type HlsMedia, type HlsWindow } from '../fixtures/hls.js';
import { listenOnLoopback } from '../fixtures/listen.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import { watchSource } from '../fixtures/watch-source.js';

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(media: HlsMedia, windowNow: () => HlsWindow): Promise<string> {
  const server = await listenOnLoopback(createServer(serveHls(media, windowNow)));
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.port}/live.m3u8`;
}

/** A window of `count` segments that moves on as they are made: `numAtStart` of them are there when it is first asked for. */
function movingWindow(media: HlsMedia, count: number, numAtStart: number): () => HlsWindow {
  let startedAtMs: number | undefined;
  const [{ seconds } = { seconds: 0 }] = media.segments;
  return () => {
    startedAtMs ??= performance.now();
    const numMade = numAtStart + Math.floor((performance.now() - startedAtMs) / (seconds * 1000));
    const end = Math.min(media.segments.length, numMade);
    return { first: Math.max(0, end - count), end, isOver: numMade > media.segments.length };
  };
}

const whole = (media: HlsMedia) => (): HlsWindow => ({ first: 0, end: media.segments.length, isOver: true });

describe.concurrent('a live playlist', () => {
  test('is played evenly, loses nothing, and ends when it says so', async () => {
    const media = await makeHls({ seconds: 16 }, 2);
    const url = await serve(media, movingWindow(media, 5, 4));
    const { frames, segments, story, numDropped } = await watchSource(url);

    expect(story).toEqual(expect.arrayContaining(['connecting', 'live', 'ended']));
    expect(story.at(-1)).toBe('ended');
    expect(numDropped).toBe(0);
    // From the third newest segment on, as players do: the second of four, 2 s in.
    const picks = frames.map(({ rgb }) => readFrameIndex(rgb));
    expect(picks[0]).toBeLessThan(60);
    expect(picks.at(-1)).toBeGreaterThan(395);
    expect(frames.length).toBeGreaterThanOrEqual(82);
    for (const [i, index] of picks.entries()) if (i > 0) expect(index - picks[i - 1]!).toBeLessThanOrEqual(6);
    expect(segments.filter(({ type }) => type === 'gap')).toEqual([]);
    expect(segments.filter(({ type }) => type === 'epoch')).toHaveLength(1);
    const stepsMs = frames.slice(1).map((frame, i) => frame.arrivedAtMs - frames[i]!.arrivedAtMs);
    // In bursts most pictures would come at once, and the others 2 s apart; a busy machine delays a few.
    const [quarter, threeQuarters] = [0.25, 0.75].map((share) => quantile(stepsMs, share));
    expect(quarter).toBeGreaterThan(100);
    expect(threeQuarters).toBeLessThan(250);
    expect(Math.max(...stepsMs)).toBeLessThan(1500);
  });

  test('that is a recording is read to its end, once', async () => {
    const media = await makeHls({ seconds: 4 }, 2);
    const url = await serve(media, whole(media));
    const startedAtMs = performance.now();
    const { frames, story } = await watchSource(url);
    expect(story).toEqual(['connecting', 'live', 'ended']);
    expect(frames).toHaveLength(24);
    expect(performance.now() - startedAtMs).toBeGreaterThan(3700);
  });

  test('that is a recording can be read at full speed', async () => {
    const media = await makeHls({ seconds: 6 }, 2);
    const startedAtMs = performance.now();
    const { frames, tracks, error } = await decodeAll(fileOptions(await serve(media, whole(media))));
    expect(error).toBeNull();
    expect(tracks?.durationSeconds).toBeCloseTo(6, 1);
    expect(frames).toHaveLength(36);
    expect(performance.now() - startedAtMs).toBeLessThan(4000);
  });
});

import { createServer } from 'node:http';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { listenOnLoopback } from '../fixtures/listen.js';
import { makeJpegs, serveMjpeg, type MjpegCameraOptions } from '../fixtures/mjpeg-camera.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

let jpegs: Buffer[];
beforeAll(async () => {
  jpegs = await makeJpegs(250);
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(options: MjpegCameraOptions): Promise<string> {
  const server = await listenOnLoopback(createServer(serveMjpeg(jpegs, options)));
  closing.push(() => server.close());
  return `http://127.0.0.1:${server.port}/video.cgi?user=x`;
}

const frames =
  (count: number) =>
  (watched: Watched): boolean =>
    watched.frames.length >= count;

test.each([
  { rateHz: 9, boundary: 'frame', delimiter: '--frame', statesLength: true },
  { rateHz: 9, boundary: '"an odd boundary"', delimiter: '--an odd boundary', statesLength: false },
  { rateHz: 30, boundary: '--1234567890', delimiter: '--1234567890', statesLength: false },
])('JPEGs over HTTP are dated by their arrival: %o', async (options) => {
  const { story, tracks, segments, ...watched } = await watchSource(await serve(options), frames(10));
  expect(story).toEqual(['connecting', 'live']);
  expect(tracks).toEqual({
    durationSeconds: null,
    video: { codec: 'mjpeg', width: 320, height: 180, rateHz: 0 },
    audio: null,
  });
  // At the rate of the camera, whatever it is: one of 30 pictures a second in five, one of 9 in one or two.
  const picks = watched.frames.map(({ rgb }) => readFrameIndex(rgb)).slice(3);
  const spanUs = watched.frames.at(-1)!.ptsUs - watched.frames[3]!.ptsUs;
  const sentSeconds = (picks.at(-1)! - picks[0]!) / options.rateHz;
  expect(Math.abs(spanUs / 1e6 - sentSeconds)).toBeLessThan(0.4);
  expect(segments.filter(({ type }) => type === 'epoch')).toHaveLength(1);
  const lags = watched.frames.slice(3).map(({ arrivedAtMs, ptsUs }) => arrivedAtMs - ptsUs / 1000);
  expect(Math.max(...lags) - Math.min(...lags)).toBeLessThan(5);
});

test('a camera that hangs up is called again', async () => {
  const options = { rateHz: 12, boundary: 'x', delimiter: '--x', statesLength: true, numPictures: 20 };
  const { story } = await watchSource(
    await serve(options),
    (watched) => watched.story.filter((state) => state === 'live').length === 2,
  );
  expect(story).toEqual(['connecting', 'live', 'reconnecting ERR_SOURCE_UNREACHABLE', 'live']);
});

import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { freeTcpPort, freeUdpPort } from '../fixtures/listen.js';
import { sendLive, type LiveSender } from '../fixtures/live-sender.js';
import { makeMp4, type MediaTarget } from '../fixtures/media.js';
import { startRtmpServer } from '../fixtures/rtmp-server.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

let sender: LiveSender | undefined;
afterEach(async () => {
  await sender?.stop();
  sender = undefined;
});

function send(address: string, format: string, settings: MediaTarget['settings'] = {}): LiveSender {
  return (sender = sendLive({ keyIntervalFrames: 10 }, { address, format, settings }));
}

const frames =
  (count: number) =>
  (watched: Watched): boolean =>
    watched.frames.length >= count;

/** The pictures of six a second in their order, sound beside them, and nothing held up or dropped. */
function expectLive(watched: Watched): void {
  const { tracks, story, numDropped } = watched;
  expect(story).toEqual(['connecting', 'live']);
  expect(tracks?.video).toMatchObject({ codec: 'h264', width: 320, height: 180 });
  expect(tracks?.audio?.codec).toBe('aac');
  expect(tracks?.durationSeconds).toBeNull();
  const picks = watched.frames.map(({ rgb }) => readFrameIndex(rgb));
  for (const [i, index] of picks.slice(1).entries()) expect([3, 4, 5]).toContain(index - picks[i]!);
  expect(watched.segments.filter(({ type }) => type === 'gap')).toEqual([]);
  const scored = watched.segments.filter(({ type }) => type === 'segment');
  expect(scored.length).toBeGreaterThan(watched.frames.length - 6);
  expect(scored.slice(2).every((each) => each.type === 'segment' && each.audio !== null)).toBe(true);
  expect(numDropped).toBe(0);
  const lags = watched.frames.slice(-10).map(({ arrivedAtMs, ptsUs }) => arrivedAtMs - ptsUs / 1000);
  expect(Math.max(...lags) - Math.min(...lags)).toBeLessThan(250);
}

test('MPEG-TS over UDP', async () => {
  const port = await freeUdpPort();
  send(`udp://127.0.0.1:${port}?pkt_size=1316`, 'mpegts');
  expectLive(await watchSource(`udp://127.0.0.1:${port}`, frames(24)));
});

test('SRT: a caller that a sender waits for', async () => {
  const port = await freeUdpPort();
  send(`srt://127.0.0.1:${port}?mode=listener`, 'mpegts');
  expectLive(await watchSource(`srt://127.0.0.1:${port}`, frames(24)));
});

test('SRT: a listener, which waits for its sender for longer than any timeout', async () => {
  const port = await freeUdpPort();
  const url = `srt://127.0.0.1:${port}?mode=listener`;
  const watching = watchSource(url, frames(24), { connectTimeoutMs: 500, readTimeoutMs: 1000 });
  setTimeout(() => send(`srt://127.0.0.1:${port}`, 'mpegts'), 1500);
  expectLive(await watching);
});

test('SRT: a listener takes the next sender when one has gone', async () => {
  const port = await freeUdpPort();
  send(`srt://127.0.0.1:${port}`, 'mpegts');
  let first: LiveSender | undefined;
  const { story, segments } = await watchSource(`srt://127.0.0.1:${port}?mode=listener`, (watched) => {
    if (watched.frames.length >= 6 && first === undefined) {
      first = sender;
      void first?.stop().then(() => send(`srt://127.0.0.1:${port}`, 'mpegts'));
    }
    return (
      watched.story.filter((state) => state === 'live').length === 2 && watched.segments.at(-1)?.epoch === 1
    );
  });
  expect(story).toEqual(['connecting', 'live', 'reconnecting ERR_SOURCE_UNREACHABLE', 'live']);
  expect(segments.filter((each) => each.type === 'epoch')).toMatchObject([
    { epoch: 0, reason: 'start' },
    { epoch: 1, reason: 'restart' },
  ]);
});

test('RTMP: a sender that pushes to us', async () => {
  const port = await freeTcpPort();
  const url = `rtmp://127.0.0.1:${port}/live/key?listen=1`;
  const watching = watchSource(url, frames(24), { connectTimeoutMs: 500 });
  setTimeout(() => send(`rtmp://127.0.0.1:${port}/live/key`, 'flv'), 1500);
  expectLive(await watching);
});

test('RTMP: a media server that we play from', async () => {
  const flv = readFileSync(await makeMp4({ seconds: 8, keyIntervalFrames: 10, name: 'a.flv' }));
  const server = await startRtmpServer(flv);
  try {
    expectLive(await watchSource(`rtmp://127.0.0.1:${server.port}/live/key`, frames(24)));
  } finally {
    server.close();
  }
});

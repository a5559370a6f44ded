import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { expectTogether } from '../fixtures/check-together.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { makeMp4, type MediaOptions } from '../fixtures/media.js';
import { makeRtpTracks } from '../fixtures/rtp-media.js';
import { startRtspCamera } from '../fixtures/rtsp-camera.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import {
  AUDIO_PID,
  eraseTime,
  joinPackets,
  readPackets,
  timeOffset,
  VIDEO_PID,
  type TsPacket,
} from '../fixtures/transport-stream.js';
import { epochsOf, watchBroadcast } from '../fixtures/watch-broadcast.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

/** After so many seconds a counter of MPEG-TS starts over. */
const WRAP_SECONDS = 2 ** 33 / 90_000;

async function makePackets(startSeconds: number, options: MediaOptions): Promise<TsPacket[]> {
  const starts = { videoStartSeconds: startSeconds, audioStartSeconds: startSeconds };
  return readPackets(
    readFileSync(await makeMp4({ ...starts, keyIntervalFrames: 10, name: 'a.ts', ...options })),
  );
}

/** Segments with both modalities of each epoch. */
function numWhole({ segments }: Watched, epoch: number): number {
  return segments.filter(
    (each) => each.type === 'segment' && each.epoch === epoch && each.frame !== null && each.audio !== null,
  ).length;
}

/** All 7 s in one epoch, no gap, the pictures in their order. */
function expectSeamless(watched: Watched): void {
  expectWireRules(watched.segments);
  expect(epochsOf(watched)).toEqual(['start']);
  expect(watched.segments.filter(({ type }) => type === 'gap')).toEqual([]);
  expect(numWhole(watched, 0)).toBeGreaterThanOrEqual(38);
  const picks = watched.frames.map(({ rgb }) => readFrameIndex(rgb));
  for (const [i, index] of picks.slice(1).entries()) expect([3, 4, 5]).toContain(index - picks[i]!);
}

describe.concurrent('presentation times that', () => {
  test.each([
    ['go back by 5 s', 104 - 5],
    // As MPEG-TS can say it: its counter has started over once meanwhile.
    ['go forward by 48 h', (104 + 48 * 3600) % WRAP_SECONDS],
  ])('%s in mid-stream: a new epoch at once, and nothing is dated wrongly', async (_, againSeconds) => {
    const packets = joinPackets(
      await makePackets(100, { seconds: 4 }),
      await makePackets(againSeconds, { seconds: 4 }),
    );
    const watched = await watchBroadcast(packets);
    expectWireRules(watched.segments);
    expect(epochsOf(watched)).toEqual(['start', 'discontinuity']);
    for (const epoch of [0, 1]) expect(numWhole(watched, epoch)).toBeGreaterThanOrEqual(20);
  });

  test('start over at 2^33 ticks (MPEG-TS): no seam', async () => {
    expectSeamless(await watchBroadcast(await makePackets(WRAP_SECONDS - 3, { seconds: 7 })));
  });

  test.each([
    ['with sender reports', true],
    ['without any', false],
  ])('start over at 2^32 ticks (RTP), %s: no seam', async (_, reports) => {
    const media = { seconds: 7, keyIntervalFrames: 10 };
    const tracks = await makeRtpTracks(media, { wrapSeconds: [3, 4], wrapPackets: 100, reports });
    for (const { packets } of tracks) {
      const times = packets.flatMap(({ bytes, isControl }) => (isControl ? [] : [bytes.readUInt32BE(4)]));
      expect(times.filter((ticks, i) => ticks < (times[i - 1] ?? 0))).toHaveLength(1);
    }
    const camera = await startRtspCamera({ tcp: 'sends', udp: 'refuses', tracks });
    try {
      const watched = await watchSource(camera.url, ({ story }) => story.length > 2);
      expectSeamless(watched);
      expectTogether(watched.segments);
    } finally {
      camera.close();
    }
  });

  test('are missing from every second picture: no seam', async () => {
    const packets = await makePackets(100, { seconds: 7 });
    let numPictures = 0;
    for (const packet of packets) {
      const offset = packet.pid === VIDEO_PID ? timeOffset(packet) : null;
      if (offset !== null && numPictures++ % 2 === 1) eraseTime(packet, offset);
    }
    expect(numPictures).toBe(175);
    expectSeamless(await watchBroadcast(packets));
  });

  test('are equal for two pictures, or two blocks of sound, at a time: no seam', async () => {
    const packets = await makePackets(100, { seconds: 7 });
    for (const pid of [VIDEO_PID, AUDIO_PID]) {
      let last: Buffer | null = null;
      for (const packet of packets) {
        const offset = packet.pid === pid ? timeOffset(packet) : null;
        if (offset === null) continue;
        const time = packet.bytes.subarray(offset, offset + 5);
        if (last === null) last = Buffer.from(time);
        else {
          last.copy(time);
          last = null;
        }
      }
    }
    expectSeamless(await watchBroadcast(packets));
  });
});

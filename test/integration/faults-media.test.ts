import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Segment } from '../../src/core/media.js';
import { expectTogether } from '../fixtures/check-together.js';
import { expectWireRules } from '../fixtures/check-wire-rules.js';
import { freeUdpPort } from '../fixtures/listen.js';
import { makeMp4 } from '../fixtures/media.js';
import { makeRtpTracks } from '../fixtures/rtp-media.js';
import { startRtspCamera } from '../fixtures/rtsp-camera.js';
import { readFrameIndex } from '../fixtures/test-pattern.js';
import {
  AUDIO_PID,
  readPackets,
  sendPackets,
  startBroadcast,
  VIDEO_PID,
  type TsPacket,
} from '../fixtures/transport-stream.js';
import { epochsOf, watchBroadcast } from '../fixtures/watch-broadcast.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

const FPS = 25;

/** Numbers in [0, 1) that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

async function makePackets(seconds: number): Promise<TsPacket[]> {
  return readPackets(readFileSync(await makeMp4({ seconds, keyIntervalFrames: 10, name: 'a.ts' })));
}

function segmentsOf({ segments }: Watched): Segment[] {
  return segments.filter((each) => each.type === 'segment');
}

function shareOf({ packets }: Watched, modality: 'visual' | 'audio'): number {
  return packets[modality].whole / packets[modality].packets;
}

describe.concurrent('one modality', () => {
  test.each([
    ['sound', AUDIO_PID, 3],
    ['the picture', VIDEO_PID, 3],
    ['sound', AUDIO_PID, 30],
  ])('%s (%i) stops for %i s and returns: the other goes on alone', async (_, pid, awaySeconds) => {
    const [awayFrom, awayUntil] = [4, 4 + awaySeconds];
    const packets = (await makePackets(awayUntil + 4)).filter(
      (packet) => packet.pid !== pid || packet.seconds < awayFrom || packet.seconds >= awayUntil,
    );
    const watched = await watchBroadcast(packets);
    expectWireRules(watched.segments);
    expect(epochsOf(watched)).toEqual(['start']);
    expect(watched.segments.filter(({ type }) => type === 'gap')).toEqual([]);
    const segments = segmentsOf(watched);
    const numAlone = segments.filter(
      ({ frame, audio }) => (pid === AUDIO_PID ? audio : frame) === null,
    ).length;
    // A picture counts for a second after it was shown.
    const shortest = pid === AUDIO_PID ? awaySeconds : awaySeconds - 1;
    expect(numAlone / 6).toBeGreaterThan(shortest - 0.7);
    expect(numAlone / 6).toBeLessThan(awaySeconds + 0.7);
    const back = segments.findLastIndex(({ frame, audio }) => frame === null || audio === null) + 1;
    expect(segments.length - back).toBeGreaterThan(15);
    expectTogether(segments.slice(0, 18));
    expectTogether(segments.slice(back));
  });
});

const DAMAGE = { from: 2, until: 8 } as const;

/** A damaged time stamp may leave one modality behind for 5 s, on a machine that is busy. */
const HEALED_WITHIN_SECONDS = 7;

/** Both modalities were there for 1.5 s in a row. */
const HEALED_SEGMENTS = 9;

/** When in the source the first picture was made from which on both modalities were there, null while they are not. */
function healedSeconds(watched: Watched): number | null {
  const segments = segmentsOf(watched);
  const first = segments.findLastIndex(({ frame, audio }) => frame === null || audio === null) + 1;
  // The first pictures may be damaged still.
  const picture = segments[first + HEALED_SEGMENTS - 1]?.frame ?? null;
  const seconds = picture === null ? 0 : readFrameIndex(picture) / FPS;
  return seconds > DAMAGE.until ? seconds - (HEALED_SEGMENTS - 1) / 6 : null;
}

/** One epoch with hardly a hole, from which more than half of what came could be decoded whole. */
function expectScoresGoOn(watched: Watched): void {
  expectWireRules(watched.segments);
  expect(watched.story).toEqual(['connecting', 'live']);
  expect(epochsOf(watched)).toEqual(['start']);
  const numMissing = watched.segments.reduce(
    (sum, each) => sum + (each.type === 'gap' ? each.toSeq - each.fromSeq + 1 : 0),
    0,
  );
  expect(numMissing).toBeLessThan(10);
  const [visual, audio] = [shareOf(watched, 'visual'), shareOf(watched, 'audio')];
  process.stdout.write(
    `5 % lost: ${(visual * 100).toFixed(0)} % of the pictures and ${(audio * 100).toFixed(0)} % of the sound whole, ` +
      `${numMissing} segments missing\n`,
  );
  for (const share of [visual, audio]) expect(share).toBeGreaterThan(0.5);
}

describe.concurrent('damage', () => {
  test.for([
    [0.01, 11],
    [0.1, 11],
    [0.1, 12],
  ] as const)(
    '%f of all bytes changed for 6 s (seed %i): both modalities return on the same connection',
    async ([share, seed], { onTestFinished }) => {
      const random = seeded(seed);
      const packets = await makePackets(20);
      for (const { bytes, seconds } of packets) {
        if (seconds < DAMAGE.from || seconds >= DAMAGE.until) continue;
        for (let i = 0; i < bytes.length; i++) if (random() < share) bytes[i] = Math.floor(random() * 256);
      }
      const server = await startBroadcast(packets);
      onTestFinished(() => server.close());
      const watched = await watchSource(
        `http://127.0.0.1:${server.port}/live`,
        (all) => healedSeconds(all) !== null || all.story.length > 2,
      );
      expectWireRules(watched.segments);
      expect(watched.story).toEqual(['connecting', 'live']);
      // Half of the dates are damaged, many of them by hours.
      expect(epochsOf(watched).length).toBeLessThanOrEqual(2);
      expect(healedSeconds(watched)).toBeLessThan(DAMAGE.until + HEALED_WITHIN_SECONDS);
      for (const modality of ['visual', 'audio'] as const) {
        expect(shareOf(watched, modality)).toBeGreaterThan(0.3);
        expect(shareOf(watched, modality)).toBeLessThan(0.99);
      }
    },
  );

  test('5 % of all datagrams lost (MPEG-TS over UDP): scores go on', async ({ onTestFinished }) => {
    const port = await freeUdpPort();
    const socket = createSocket('udp4');
    const stopping = new AbortController();
    onTestFinished(() => {
      stopping.abort();
      socket.close();
    });
    const random = seeded(5);
    const packets = await makePackets(20);
    const sending = sendPackets(
      packets,
      (bytes) => (random() < 0.05 ? undefined : socket.send(bytes, port, '127.0.0.1')),
      stopping.signal,
    );
    const watched = await watchSource(`udp://127.0.0.1:${port}`, (all) => segmentsOf(all).length >= 60);
    stopping.abort();
    await sending;
    expectScoresGoOn(watched);
  });

  test('5 % of all packets lost (RTSP over UDP): scores go on', async ({ onTestFinished }) => {
    const random = seeded(6);
    // Pictures of several packets, most of them.
    const media = { seconds: 14, keyIntervalFrames: 25, texture: true };
    const tracks = await makeRtpTracks(media, { reports: true });
    const lossy = tracks.map(({ packets, ...track }) => ({
      ...track,
      packets: packets.filter(() => random() >= 0.05),
    }));
    const camera = await startRtspCamera({ tcp: 'refuses', udp: 'sends', tracks: lossy });
    onTestFinished(() => camera.close());
    const watched = await watchSource(camera.url, (all) => segmentsOf(all).length >= 60, {
      rtspTransport: 'udp',
    });
    expectScoresGoOn(watched);
  });
});

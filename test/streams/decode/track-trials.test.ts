import type { Packet } from 'node-av/lib';
import { expect, test, vi } from 'vitest';
import { TrackTrials, type HeldPacket } from '../../../src/streams/decode/track-trials.js';

const [AAC, MP3] = [1, 2] as unknown as HeldPacket['codecId'][];

function packetOf(
  streamIndex: number,
  timeMs: number | null,
  codecId = AAC!,
): HeldPacket & { free: ReturnType<typeof vi.fn> } {
  const free = vi.fn();
  const packet = { streamIndex, free } as unknown as Packet;
  return { packet, codecId, timeMs, arrivedAtMs: 0, free };
}

test('a track has proved itself after half a second, and none of its packets is lost', () => {
  const trials = new TrackTrials();
  const packets = [0, 100, 200, 300, 400, 500].map((timeMs) => packetOf(7, timeMs));
  const answers = packets.map((each) => trials.hold('audio', each));
  expect(answers).toEqual([null, null, null, null, null, packets]);
  for (const { free } of packets) expect(free).not.toHaveBeenCalled();
});

test('two packets prove nothing, whatever their times say', () => {
  const trials = new TrackTrials();
  expect(trials.hold('visual', packetOf(7, 0))).toBeNull();
  expect(trials.hold('visual', packetOf(7, 1e9))).toBeNull();
});

test('a track without times has proved itself by 60 packets', () => {
  const trials = new TrackTrials();
  for (let i = 1; i < 60; i++) expect(trials.hold('audio', packetOf(7, null))).toBeNull();
  expect(trials.hold('audio', packetOf(7, null))).toHaveLength(60);
});

test('two new tracks do not hold each other up', () => {
  const trials = new TrackTrials();
  for (const timeMs of [0, 250]) {
    expect(trials.hold('audio', packetOf(7, timeMs))).toBeNull();
    expect(trials.hold('audio', packetOf(8, timeMs))).toBeNull();
  }
  expect(trials.hold('audio', packetOf(7, 500))).toHaveLength(3);
});

test('a packet of the track that is decoded ends the trials of its modality alone', () => {
  const trials = new TrackTrials();
  const [sound, picture] = [packetOf(7, 0), packetOf(8, 0)];
  trials.hold('audio', sound);
  trials.hold('visual', picture);
  trials.reject('audio');
  expect(sound.free).toHaveBeenCalledOnce();
  expect(picture.free).not.toHaveBeenCalled();
  trials.hold('audio', packetOf(7, 600));
  expect(trials.hold('audio', packetOf(7, 700))).toBeNull();
  trials.close();
  expect(picture.free).toHaveBeenCalledOnce();
});

test('what came before a track changed its codec does not count', () => {
  const trials = new TrackTrials();
  const old = packetOf(7, 0);
  trials.hold('audio', old);
  trials.hold('audio', packetOf(7, 400, MP3));
  expect(old.free).toHaveBeenCalledOnce();
  expect(trials.hold('audio', packetOf(7, 600, MP3))).toBeNull();
  expect(trials.hold('audio', packetOf(7, 900, MP3))).toHaveLength(3);
});

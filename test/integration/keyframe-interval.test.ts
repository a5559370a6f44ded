import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { makeMp4, temporaryFolder } from '../fixtures/media.js';

const PACKET_BYTES = 188;
const INTERVAL_SECONDS = 30;

test('who joins a stream with a keyframe each 30 s hears it at once, and sees it from the next keyframe on', async () => {
  const fps = 12;
  const path = await makeMp4({
    ...{ seconds: INTERVAL_SECONDS + 4, fps, keyIntervalFrames: INTERVAL_SECONDS * fps },
    ...{ width: 160, height: 90, sampleRateHz: 16_000, channels: 1, name: 'a.ts' },
  });
  const whole = readFileSync(path);
  const joined = join(temporaryFolder(), 'joined.ts');
  const numSkipped = Math.floor(whole.length / 20 / PACKET_BYTES) * PACKET_BYTES;
  writeFileSync(joined, whole.subarray(numSkipped));
  const { error, tracks, frames, audio } = await decodeAll(fileOptions(joined));
  expect(error).toBeNull();
  expect(tracks).toMatchObject({ video: { codec: 'h264' }, audio: { codec: 'aac' } });
  const firstPictureSeconds = (frames[0]?.ptsUs ?? NaN) / 1e6;
  const firstSoundSeconds = (audio[0]?.startSample ?? NaN) / 16_000;
  const numSeconds = audio.reduce((sum, { samples }) => sum + samples.length, 0) / 16_000;
  process.stdout.write(
    `[isolation] joined in mid-stream: sound after ${firstSoundSeconds.toFixed(1)} s, ` +
      `pictures after ${firstPictureSeconds.toFixed(1)} s\n`,
  );
  expect(firstSoundSeconds).toBeLessThan(1);
  expect(numSeconds).toBeGreaterThan(INTERVAL_SECONDS);
  expect(firstPictureSeconds).toBeGreaterThan(INTERVAL_SECONDS / 2);
  expect(firstPictureSeconds).toBeLessThan(INTERVAL_SECONDS);
  expect(frames.length).toBeGreaterThan(3 * 6);
});

import { describe, expect, test } from 'vitest';
import { turnFrame, type QuarterTurns } from '../../src/streams/picture/orientation.js';
import {
  decodeAll,
  expectedPicks,
  fileOptions,
  joinAudio,
  segmentOf,
  type Decoded,
} from '../fixtures/decode.js';
import { makeMp4, type MediaOptions } from '../fixtures/media.js';
import { readFrameIndex, toneAt } from '../fixtures/test-pattern.js';

async function decode(media: MediaOptions): Promise<Decoded> {
  const decoded = await decodeAll(fileOptions(await makeMp4(media)));
  expect(decoded.error).toBeNull();
  return decoded;
}

function picksOf({ frames }: Decoded): [segment: number, index: number][] {
  return frames.map((frame) => [segmentOf(frame), readFrameIndex(frame.rgb)]);
}

describe('each segment gets the frame nearest its middle', () => {
  const rates = [24, 25, [30_000, 1001], 30, 60, 12, 7] as const;
  const kinds = [{ bFrames: 0 }, { bFrames: 3, preset: 'veryfast' }];
  const cases = rates.flatMap((fps) => kinds.map((kind) => ({ fps, ...kind })));

  test.each(cases)('$fps fps, $bFrames B-frames', async ({ fps, ...kind }) => {
    const rateHz = typeof fps === 'number' ? fps : fps[0] / fps[1];
    const decoded = await decode({ seconds: 3, fps, audio: false, ...kind });
    const times = Array.from({ length: Math.ceil(3 * rateHz - 1e-9) }, (_, i) => i / rateHz);
    expect(picksOf(decoded)).toEqual(expectedPicks(times));
    expect(decoded.frames.length).toBeGreaterThan(15);
  });

  test('variable frame rate with holes', async () => {
    // Steps between 10 and 290 ms by a fixed rule.
    const times = [0];
    for (let i = 1; times.at(-1)! < 5; i++) times.push(times.at(-1)! + 0.01 + 0.04 * ((i * i * 7) % 8));
    const decoded = await decode({
      seconds: 5,
      frameSeconds: (i) => times[i] ?? 99,
      audio: false,
      name: 'a.mkv',
    });
    const kept = times.filter((seconds) => seconds < 5).map((seconds) => Math.round(seconds * 1000) / 1000);
    expect(picksOf(decoded)).toEqual(expectedPicks(kept));
  });

  test.each([
    { videoCodec: 'libx265', name: 'a.mp4' },
    { videoCodec: 'mpeg4', name: 'a.mp4', bFrames: 2 },
    { videoCodec: 'mpeg2video', name: 'a.ts', bFrames: 2 },
    { videoCodec: 'libvpx', name: 'a.webm', audioCodec: 'libopus' },
    { videoCodec: 'mjpeg', name: 'a.mov' },
  ] as const)('$videoCodec in $name', async (media) => {
    const decoded = await decode({ seconds: 2, ...media, audio: 'audioCodec' in media });
    expect(picksOf(decoded)).toEqual(expectedPicks(Array.from({ length: 50 }, (_, i) => i / 25)));
  });

  test('a start of the clock far from zero is no delay', async () => {
    const decoded = await decode({
      seconds: 2,
      videoStartSeconds: 4000,
      audioStartSeconds: 4000,
      name: 'a.ts',
    });
    expect(picksOf(decoded).length).toBe(12);
    expect(decoded.frames[0]?.ptsUs).toBeLessThan(166_667);
    expect(decoded.audio[0]?.startSample).toBeLessThan(2000);
  });
});

describe('audio', () => {
  test('FLAC: every sample at its place', async () => {
    const { audio, error } = await decode({ seconds: 3, video: false, audioCodec: 'flac', name: 'a.mkv' });
    expect(error).toBeNull();
    const samples = joinAudio(audio);
    expect(Math.abs(samples.length - 48_000)).toBeLessThanOrEqual(2);
    expect(audio[0]?.startSample).toBe(0);
    // The pitch changes at whole seconds, where the resampler's filter rings for a millisecond.
    expect(
      largestError(
        samples,
        (s) => toneAt(s),
        (s) => s % 1 > 0.002 && s % 1 < 0.998,
      ),
    ).toBeLessThan(2e-3);
  });

  test.each([
    { sampleRateHz: 44_100, audioCodec: 'aac', name: 'a.mp4' },
    { sampleRateHz: 48_000, audioCodec: 'aac', name: 'a.mp4' },
    { sampleRateHz: 16_000, audioCodec: 'aac', name: 'a.mp4' },
    { sampleRateHz: 8_000, audioCodec: 'pcm_s16le', name: 'a.mkv' },
    { sampleRateHz: 48_000, audioCodec: 'libopus', name: 'a.webm' },
    { sampleRateHz: 44_100, audioCodec: 'libmp3lame', name: 'a.mkv' },
  ] as const)('$audioCodec at $sampleRateHz Hz in $name: a 1 kHz tone keeps its phase', async (media) => {
    const sampleAt = (seconds: number): number => 0.4 * Math.sin(2 * Math.PI * 1000 * seconds);
    const { audio } = await decode({ seconds: 3, video: false, sampleAt, ...media });
    const samples = joinAudio(audio);
    const { amplitude, delaySeconds } = toneOf(samples.subarray(8000, 40_000), 8000, 1000);
    expect(amplitude).toBeGreaterThan(0.38);
    expect(amplitude).toBeLessThan(0.42);
    // Half a sample at 16 kHz is 31 µs; containers that round times to 1 ms are allowed that.
    const tolerance = media.name === 'a.mp4' || media.audioCodec === 'pcm_s16le' ? 40e-6 : 600e-6;
    expect(Math.abs(delaySeconds)).toBeLessThan(tolerance);
    expect(samples.subarray(audio[0]?.startSample).some(Number.isNaN)).toBe(false);
  });

  test('channels are averaged, all alike', async () => {
    const levels = [0.6, 0.3, 0.12, 0.9, -0.3, -0.12];
    const { audio, tracks } = await decode({
      seconds: 1,
      video: false,
      channels: 6,
      audioCodec: 'pcm_s16le',
      name: 'a.mkv',
      sampleAt: (_, channel) => levels[channel]!,
    });
    expect(tracks?.audio?.channels).toBe(6);
    const samples = joinAudio(audio).subarray(1000, 15_000);
    expect(largestError(samples, () => 0.25)).toBeLessThan(1e-3);
  });

  test('audio that begins later keeps its place', async () => {
    const { audio, frames } = await decode({
      seconds: 2,
      audioStartSeconds: 0.5,
      audioCodec: 'pcm_s16le',
      name: 'a.mkv',
    });
    expect(audio[0]?.startSample).toBe(8000);
    const [first] = frames;
    expect(first?.ptsUs).toBe(80_000);
    const samples = joinAudio(audio).subarray(8000);
    expect(
      largestError(
        samples,
        (s) => toneAt(s),
        (s) => s % 1 > 0.01 && s % 1 < 0.99,
      ),
    ).toBeLessThan(2e-3);
  });
});

test.each([1, 2, 3] as const)(
  'a picture that lies down is turned upright: %i quarter turns',
  async (quarterTurns) => {
    const flat = await decode({ seconds: 1, audio: false, texture: true });
    const upright = await decode({ seconds: 1, audio: false, texture: true, quarterTurns });
    expect(upright.frames).toHaveLength(6);
    upright.frames.forEach(({ rgb }, i) => {
      expect(readFrameIndex(turnFrame(rgb, ((4 - quarterTurns) % 4) as QuarterTurns))).toBe(
        readFrameIndex(flat.frames[i]!.rgb),
      );
    });
    expect(readFrameIndex(upright.frames[3]!.rgb)).not.toBe(readFrameIndex(flat.frames[3]!.rgb));
  },
);

describe('what a source contains', () => {
  test('both', async () => {
    const { tracks, events: all } = await decode({ seconds: 1, fps: 30 });
    // Reports of how decoding fares come between, by the clock.
    const events = all.filter(({ type }) => type !== 'decoded');
    expect(tracks).toEqual({
      durationSeconds: expect.closeTo(1, 1) as number,
      video: { codec: 'h264', width: 320, height: 180, rateHz: 30 },
      audio: { codec: 'aac', sampleRateHz: 48_000, channels: 2 },
    });
    expect(events[0]?.type).toBe('tracks');
    expect(events[1]).toEqual({ type: 'timeline', reason: 'start' });
    expect(events.filter(({ type }) => type === 'timeline')).toHaveLength(1);
  });

  test('video only', async () => {
    const { tracks, audio, frames } = await decode({ seconds: 1, audio: false });
    expect(tracks?.audio).toBeNull();
    expect(audio).toHaveLength(0);
    expect(frames).toHaveLength(6);
  });

  test('audio only', async () => {
    const { tracks, audio, frames } = await decode({ seconds: 1, video: false });
    expect(tracks?.video).toBeNull();
    expect(frames).toHaveLength(0);
    expect(joinAudio(audio).length).toBeGreaterThan(15_990);
  });

  test('watermarks only grow, reach the end, and nothing comes from before them', async () => {
    const { events } = await decode({ seconds: 3, bFrames: 2, preset: 'veryfast' });
    const until = { visual: 0, audio: 0 };
    for (const event of events) {
      if (event.type === 'watermark') {
        expect(event.ptsUs).toBeGreaterThanOrEqual(until[event.modality]);
        until[event.modality] = event.ptsUs;
      } else if (event.type === 'videoFrame') {
        expect(event.ptsUs).toBeGreaterThanOrEqual(until.visual);
      } else if (event.type === 'audioFrame') {
        expect(Math.ceil((event.startSample * 1e6) / 16_000)).toBeGreaterThanOrEqual(until.audio);
      }
    }
    expect(until.visual).toBeGreaterThanOrEqual(2_999_000);
    expect(until.audio).toBeGreaterThanOrEqual(2_990_000);
  });
});

function largestError(
  samples: Float32Array,
  expected: (seconds: number) => number,
  counts: (seconds: number) => boolean = () => true,
): number {
  let largest = 0;
  samples.forEach((sample, i) => {
    const seconds = i / 16_000;
    if (i > 200 && i < samples.length - 200 && counts(seconds)) {
      largest = Math.max(largest, Number.isNaN(sample) ? Infinity : Math.abs(sample - expected(seconds)));
    }
  });
  return largest;
}

/** Amplitude and delay of a tone whose phase is 0 at sample 0; `samples` begins at `firstSample`. */
function toneOf(
  samples: Float32Array,
  firstSample: number,
  pitchHz: number,
): { amplitude: number; delaySeconds: number } {
  let [sine, cosine] = [0, 0];
  samples.forEach((sample, i) => {
    const phase = (2 * Math.PI * pitchHz * (firstSample + i)) / 16_000;
    sine += sample * Math.sin(phase);
    cosine += sample * Math.cos(phase);
  });
  const scale = 2 / samples.length;
  const amplitude = Math.hypot(sine, cosine) * scale;
  return { amplitude, delaySeconds: -Math.atan2(cosine, sine) / (2 * Math.PI * pitchHz) };
}

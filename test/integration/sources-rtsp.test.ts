import { afterEach, describe, expect, test } from 'vitest';
import { steadyClock } from '../../src/core/clock.js';
import { joinAudio } from '../fixtures/decode.js';
import { startRtspCamera, type RtspCamera, type RtspCameraOptions } from '../fixtures/rtsp-camera.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

let camera: RtspCamera | undefined;
afterEach(() => camera?.close());

const heard = ({ audio, story }: Watched): boolean => audio.length >= 25 || story.length > 2;

type Transport = 'auto' | 'tcp' | 'udp';

async function watch(
  rtspTransport: Transport,
  manners: RtspCameraOptions,
): Promise<{ watched: Watched; setups: string[]; seconds: number }> {
  camera = await startRtspCamera(manners);
  const startedAtMs = steadyClock.nowMs();
  const watched = await watchSource(camera.url, heard, { rtspTransport });
  const setups = camera.requests.filter((request) => request.startsWith('SETUP'));
  const [first] = watched.audio;
  return {
    watched,
    setups,
    seconds: ((first?.arrivedAtMs ?? NaN) - startedAtMs) / 1000,
  };
}

/** G.711 of 8 kHz arrived, as loud as it was sent. */
function expectHeard({ tracks, story, audio }: Watched): void {
  expect(story).toEqual(['connecting', 'live']);
  expect(tracks).toMatchObject({ video: null, audio: { codec: 'pcm_mulaw', sampleRateHz: 8000 } });
  const samples = joinAudio(audio).subarray(1000);
  const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  expect(rms).toBeGreaterThan(0.1);
  expect(rms).toBeLessThan(0.15);
}

describe('RTSP chooses a transport that carries', () => {
  test.each([
    ['auto', { tcp: 'sends', udp: 'sends' }, ['SETUP tcp']],
    ['auto', { tcp: 'refuses', udp: 'sends' }, ['SETUP tcp', 'SETUP udp']],
    ['auto', { tcp: 'answers udp', udp: 'sends' }, ['SETUP tcp', 'SETUP udp']],
    ['udp', { tcp: 'sends', udp: 'refuses' }, ['SETUP udp', 'SETUP tcp']],
  ] as const)('%s, where %o', async (transport, manners, expected) => {
    const { watched, setups } = await watch(transport, manners);
    expectHeard(watched);
    expect(setups).toEqual(expected);
  });

  test.each([true, false])('udp, of which nothing gets through: TCP (pauses: %s)', async (pauses) => {
    const { watched, setups, seconds } = await watch('udp', { tcp: 'sends', udp: 'silent', pauses });
    expectHeard(watched);
    expect(setups).toEqual(['SETUP udp', 'SETUP tcp']);
    // FFmpeg changes over within its session where it can.
    expect(camera?.requests.filter((request) => request === 'DESCRIBE')).toHaveLength(pauses ? 1 : 2);
    process.stdout.write(`UDP silent, then TCP: first sound after ${seconds.toFixed(1)} s\n`);
    expect(seconds).toBeGreaterThan(2.9);
    expect(seconds).toBeLessThan(9);
  });

  test('tcp stays with TCP', async () => {
    const { watched, setups } = await watch('tcp', { tcp: 'refuses', udp: 'sends' });
    expect(watched.story).toEqual([
      'connecting',
      'reconnecting ERR_SOURCE_UNREACHABLE',
      'reconnecting ERR_SOURCE_UNREACHABLE',
    ]);
    expect(new Set(setups)).toEqual(new Set(['SETUP tcp']));
  });
});

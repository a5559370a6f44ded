import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { steadyTone } from '../fixtures/changed-media.js';
import { decodeAll, fileOptions, joinAudio } from '../fixtures/decode.js';
import { broadcast, serveFile, withTitles } from '../fixtures/http-media.js';
import { listenOnLoopback, type Listening } from '../fixtures/listen.js';
import { makeMp4 } from '../fixtures/media.js';
import { LOOPBACK, requestPolicy } from '../fixtures/request-policy.js';
import { watchSource, type Watched } from '../fixtures/watch-source.js';

const SECONDS = 20;

let server: Listening | undefined;
afterEach(() => {
  server?.close();
  server = undefined;
});

const media = new Map<string, Buffer>();
beforeAll(async () => {
  for (const [ending, audioCodec] of [
    ['mp3', 'libmp3lame'],
    ['aac', 'aac'],
    ['ogg', 'libopus'],
  ] as const) {
    const options = { seconds: SECONDS, video: false, audioCodec, sampleAt: steadyTone } as const;
    media.set(ending, readFileSync(await makeMp4({ ...options, name: `radio.${ending}` })));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  server = await listenOnLoopback(createServer(listener));
  return `http://127.0.0.1:${server.port}`;
}

/** A station, with a head start of 1 s. */
function station(ending: string, contentType: string, hasTitles = false): RequestListener {
  const plain = { bytes: media.get(ending)!, headers: {} };
  const { bytes, headers } = hasTitles ? withTitles(plain.bytes) : plain;
  return broadcast(bytes, { contentType, seconds: SECONDS, headStartSeconds: 1, headers });
}

const isHeard = ({ audio }: Watched): boolean => (audio.at(-1)?.startSample ?? 0) > 1.4 * 16_000;

/** The tone, without a click or a hole where a title stood. */
function expectTone({ story, audio, tracks }: Watched): void {
  expect(story).toEqual(['connecting', 'live']);
  expect(tracks).toMatchObject({ video: null, durationSeconds: null });
  const samples = joinAudio(audio).subarray(4000);
  for (let at = 0; at + 1600 <= samples.length; at += 1600) {
    const power = samples.subarray(at, at + 1600).reduce((sum, sample) => sum + sample * sample, 0) / 1600;
    expect(Math.abs(Math.sqrt(power) - 0.283)).toBeLessThan(0.02);
  }
}

describe('a radio station', () => {
  test.each([
    ['MP3 with titles between', '/stream.mp3', station.bind(null, 'mp3', 'audio/mpeg', true)],
    ['AAC with titles between', '/;', station.bind(null, 'aac', 'audio/aacp', true)],
    ['Ogg Opus', '/live.opus', station.bind(null, 'ogg', 'application/ogg')],
  ] as const)('%s', async (_, path, listener) => {
    expectTone(await watchSource(`${await serve(listener())}${path}`, isHeard));
  });

  const PLS = '[playlist]\nNumberOfEntries=1\nTitle1=A=B\nFile1={base}/moved\nLength1=-1\nVersion=2\n';
  const requested = requestPolicy({ allowAddresses: [...LOOPBACK] });
  test.each([
    ['a list of the operator', '/listen.m3u', 'live\n', null],
    ['a list of the operator', '/listen.pls', PLS, null],
    ['a list of a request', '/listen.m3u', '#EXTM3U\r\n#EXTINF:-1,A station\r\nlive\r\n', requested],
    ['a list of a request', '/listen.pls', PLS, requested],
  ])('that %s names: %s', async (_, path, list, policy) => {
    const play = station('mp3', 'audio/mpeg');
    const base = await serve((request, response) => {
      const { url = '', headers } = request;
      if (url === path) response.end(list.replace('{base}', `http://${headers.host}`));
      else if (url === '/moved') response.writeHead(302, { location: '/live' }).end();
      else if (url === '/live') play(request, response);
      else response.writeHead(404).end();
    });
    expectTone(await watchSource(`${base}${path}`, isHeard, { policy }));
  });

  test('a list that names none is an error that says so', async () => {
    const base = await serve((_, response) => response.end('[playlist]\nFile1=file:///etc/passwd\n'));
    const { error } = await decodeAll(fileOptions(`${base}/listen.pls`));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message).toContain('names no station');
  });

  test('a file with the ending of a station is played once', async () => {
    const base = await serve(serveFile(media.get('mp3')!.subarray(0, 48_000), true));
    const { story } = await watchSource(`${base}/song.mp3`);
    expect(story).toEqual(['connecting', 'live', 'ended']);
  });
});

import { createCipheriv } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SourcePolicy } from '../../src/streams/policy/source-policy.js';
import { countConnections } from '../fixtures/counting-listener.js';
import { decodeAll, fileOptions, type Decoded } from '../fixtures/decode.js';
import { makeHls, type HlsMedia } from '../fixtures/hls.js';
import { serveFile } from '../fixtures/http-media.js';
import { listenOnLoopback } from '../fixtures/listen.js';
import { makeMp4, muxMedia, temporaryFolder } from '../fixtures/media.js';
import { LOOPBACK, requestPolicy } from '../fixtures/request-policy.js';
import { startRtmpServer } from '../fixtures/rtmp-server.js';
import { startTlsProxy } from '../fixtures/tls-proxy.js';

const loopback = requestPolicy({ allowAddresses: [...LOOPBACK] });

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

async function serve(listener: RequestListener): Promise<number> {
  const { port, close } = await listenOnLoopback(createServer(listener));
  closing.push(close);
  return port;
}

async function serveOverTls(listener: RequestListener): Promise<number> {
  const { port, close } = await startTlsProxy(await serve(listener));
  closing.push(close);
  return port;
}

const play = (url: string, policy: SourcePolicy = loopback): Promise<Decoded> =>
  decodeAll(fileOptions(url, { policy }));

function expectWhole({ error, frames, audio }: Decoded, numSegments: number): void {
  expect(error).toBeNull();
  expect(frames).toHaveLength(numSegments);
  const numSamples = audio.reduce((sum, { samples }) => sum + samples.length, 0);
  expect(numSamples).toBeGreaterThan(numSegments * 2600);
}

describe('what a request may name plays through what stands between', () => {
  test('a film over TLS, its index at the end', async () => {
    const bytes = readFileSync(await makeMp4({ seconds: 2, texture: false }));
    const port = await serveOverTls(serveFile(bytes, true));
    expectWhole(await play(`https://localhost:${port}/film.mp4`), 12);
  });

  test('an encrypted HLS recording in variants, over TLS, after a redirect, segments elsewhere', async () => {
    const media = await makeHls({ seconds: 4, texture: false, audio: true }, 2);
    const key = Buffer.alloc(16, 7);
    const elsewhere = await serve(serveEncrypted(media, key));
    const port = await serveOverTls((request, response) => {
      if (request.url === '/live.m3u8') response.writeHead(302, { location: '/a/master.m3u8' }).end();
      else if (request.url === '/a/master.m3u8')
        response.end('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nb/media.m3u8\n');
      else if (request.url === '/a/b/media.m3u8') response.end(playlistOf(media, port, elsewhere));
      else if (request.url === '/key') response.end(key);
      else response.writeHead(404).end();
    });
    expectWhole(await play(`https://localhost:${port}/live.m3u8`), 24);
  });

  test('a radio station that answers as it did in 1999', async () => {
    const path = join(temporaryFolder(), 'radio.mp3');
    await muxMedia({ seconds: 3, video: false, audioCodec: 'libmp3lame' }, { address: path });
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        socket.end(Buffer.concat([Buffer.from('ICY 200 OK\r\nicy-name: x\r\n\r\n'), readFileSync(path)]));
      });
    });
    const { port, close } = await listenOnLoopback(server);
    closing.push(close);
    const { error, audio } = await play(`http://127.0.0.1:${port}/station`);
    expect(error).toBeNull();
    expect(audio.reduce((sum, { samples }) => sum + samples.length, 0)).toBeGreaterThan(45_000);
  });

  test('RTMP, by name and over TLS', async () => {
    const path = join(temporaryFolder(), 'relayed.flv');
    await muxMedia({ seconds: 2, texture: false }, { address: path });
    const server = await startRtmpServer(readFileSync(path));
    const proxy = await startTlsProxy(server.port);
    closing.push(server.close, proxy.close);
    for (const url of [
      `rtmp://localhost:${server.port}/live/key`,
      `rtmps://localhost:${proxy.port}/live/key`,
    ]) {
      const { frames } = await play(url);
      expect(frames.length, url).toBeGreaterThan(6);
    }
  });

  function serveEncrypted(media: HlsMedia, key: Buffer): RequestListener {
    return (request, response) => {
      const index = media.segments.findIndex(({ name }) => `/${name}` === request.url);
      if (index < 0) response.writeHead(404).end();
      else {
        const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16, 1));
        const bytes = readFileSync(join(media.folder, media.segments[index]!.name));
        response.end(Buffer.concat([cipher.update(bytes), cipher.final()]));
      }
    };
  }

  function playlistOf({ segments }: HlsMedia, port: number, elsewhere: number): string {
    const iv = `0x${'01'.repeat(16)}`;
    return [
      '#EXTM3U',
      '#EXT-X-TARGETDURATION:2',
      `#EXT-X-KEY:METHOD=AES-128,URI="https://127.0.0.1:${port}/key",IV=${iv}`,
      ...segments.flatMap(({ name, seconds }) => [
        `#EXTINF:${seconds},`,
        `http://localhost:${elsewhere}/${name}`,
      ]),
      '#EXT-X-ENDLIST',
      '',
    ].join('\n');
  }
});

test('a host of the web that cannot be reached is told with the reason, which FFmpeg does not know', async () => {
  const [plain, closed] = [
    await serve((_, response) => response.end()),
    await listenOnLoopback(createServer()),
  ];
  closed.close();
  const outcomes = await Promise.all(
    [
      'http://nowhere.invalid/film.mp4',
      `http://127.0.0.1:${closed.port}/live.m3u8`,
      `https://127.0.0.1:${plain}/film.mp4`,
    ].map((url) => play(url)),
  );
  expect(outcomes.map(({ error }) => error?.code)).toEqual(outcomes.map(() => 'ERR_SOURCE_UNREACHABLE'));
  const [unknown, refused, noTls] = outcomes.map(({ error }) => error?.message);
  expect(unknown).toContain('got no address of nowhere.invalid (E');
  expect(refused).toContain('got ECONNREFUSED');
  expect(noTls).toMatch(/got (EPROTO|ERR_SSL)/);
});

describe('files that a request names', () => {
  let folder: string;
  let outside: string;
  let policy: SourcePolicy;

  beforeAll(async () => {
    outside = await makeMp4({ seconds: 1, texture: false });
    folder = mkdtempSync(join(temporaryFolder(), 'films-'));
    policy = requestPolicy({ filesFolder: folder });
    writeFileSync(join(folder, 'inside.mp4'), readFileSync(outside));
    symlinkSync(join(folder, 'inside.mp4'), join(folder, 'linked-inside.mp4'));
    symlinkSync(outside, join(folder, 'linked-outside.mp4'));
    symlinkSync(temporaryFolder(), join(folder, 'up'));
    mkdirSync(join(folder, 'pictures'));
    symlinkSync(outside, join(folder, 'pictures', 'a.png'));
  });

  test.each(['inside.mp4', 'linked-inside.mp4', './up/../inside.mp4'])('plays %s', async (path) => {
    expectWhole(await play(path, policy), 6);
  });

  test.each(['linked-outside.mp4', 'up', 'pictures'])(
    'does not follow a link out of the folder: %s',
    async (path) => {
      const { error, frames } = await play(path, policy);
      expect(error?.code).toBe('ERR_SOURCE_FORBIDDEN');
      expect(frames).toEqual([]);
      // It is there, and is media or a folder.
      const control = await decodeAll(fileOptions(join(folder, path)));
      expect(control.error?.code).not.toBe('ERR_SOURCE_UNREACHABLE');
    },
  );

  test.each([
    ['list.ffconcat', 'ffconcat version 1.0\nfile linked-outside.mp4\n'],
    ['list.m3u8', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nlinked-outside.mp4\n#EXT-X-ENDLIST\n'],
    [
      'call.m3u8',
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:TCP/a.ts\n#EXT-X-ENDLIST\n',
    ],
    [
      'call.sdp',
      'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video TCP RTP/AVP 96\na=rtpmap:96 H264/90000\n',
    ],
  ])('takes no file for a way to others: %s', async (name, content) => {
    const victim = await countConnections();
    closing.push(victim.close);
    writeFileSync(join(folder, name), content.replaceAll('TCP', String(victim.port)));
    const { error, frames } = await play(name, policy);
    expect([error?.code, frames.length, victim.count()]).toEqual(['ERR_SOURCE_NOT_MEDIA', 0, 0]);
  });
});

import { once } from 'node:events';
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeAll, fileOptions } from '../fixtures/decode.js';
import { makeMp4 } from '../fixtures/media.js';
import { muxPackets } from '../fixtures/picture-sizes.js';
import { requestPolicy } from '../fixtures/request-policy.js';

let media: string;
beforeAll(async () => {
  media = await makeMp4({ seconds: 4 });
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

function beside(name: string, content: string | Buffer): string {
  const path = join(dirname(media), name);
  writeFileSync(path, content);
  return path;
}

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

const serve = (listener: RequestListener): Promise<number> => listen(createHttpServer(listener));

describe('files', () => {
  test('a missing one', async () => {
    const { error } = await decodeAll(fileOptions('/nowhere/film.mp4'));
    expect(error?.code).toBe('ERR_SOURCE_UNREACHABLE');
    expect(error?.message).toBe('There is no such file (/nowhere/film.mp4); expected a media file');
  });

  test.each([
    ['text', Buffer.from('This is no film.\n'.repeat(200)), 'The file is not media that can be read'],
    [
      'noise',
      Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * i * 31 + (i >> 3)) & 255)),
      'The file is not media that can be read',
    ],
    ['nothing', Buffer.alloc(0), 'The file is empty'],
  ])('%s instead of media', async (name, content, what) => {
    const { error, events } = await decodeAll(fileOptions(beside(`${name}.bin`, content)));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message.startsWith(`${what} (`)).toBe(true);
    expect(error?.message).toMatch(new RegExp(`${name}\\.bin\\).*; expected audio or video in one of`));
    expect(events).toHaveLength(0);
  });

  test('a recording that was not finished', async () => {
    const whole = readFileSync(media);
    const { error } = await decodeAll(fileOptions(beside('cut.mp4', whole.subarray(0, whole.length / 2))));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message).toMatch(/^The MP4 file has no index \(.*cut\.mp4\); got no moov box/);
  });

  test('neither video nor audio', async () => {
    const path = beside('words.mkv', '');
    const words = [Buffer.from('Hello'), Buffer.from('You')];
    await muxPackets(path, { codec: 'SUBRIP', width: 0, height: 0, packets: words, packetSeconds: 1 });
    const { error } = await decodeAll(fileOptions(path));
    expect(error?.code).toBe('ERR_SOURCE_NO_TRACKS');
  });

  test('a kind that is not read, named', async () => {
    const path = beside(
      'words.srt',
      '1\n00:00:00,000 --> 00:00:01,000\nHello\n\n2\n00:00:01,000 --> 00:00:02,000\nYou\n\n',
    );
    const { error } = await decodeAll(fileOptions(path));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message).toMatch(
      /of a kind that is not read .*words\.srt\); got SubRip subtitle; expected one of/,
    );
  });

  test('a playlist on this machine, whatever its name', async () => {
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n${media}\n#EXT-X-ENDLIST\n`;
    for (const name of ['a.m3u8', 'a.mp4']) {
      const { error, frames } = await decodeAll(fileOptions(beside(name, playlist)));
      expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
      expect(frames).toHaveLength(0);
    }
  });

  test('a codec that is not decoded, named', async () => {
    const path = beside('studio.mov', '');
    const packets = [Buffer.alloc(500)];
    await muxPackets(path, { codec: 'PRORES', width: 320, height: 180, packets, packetSeconds: 1 });
    const { error } = await decodeAll(fileOptions(path));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
    expect(error?.message).toMatch(/coded in a way that is not decoded .*; got prores; expected/);
  });

  test.each([
    ['m4a', 'aac'],
    ['mp3', 'libmp3lame'],
  ] as const)('a cover picture is not video: %s', async (ending, audioCodec) => {
    const path = await makeMp4({
      seconds: 2,
      video: false,
      cover: true,
      audioCodec,
      name: `song.${ending}`,
    });
    const { tracks, frames, audio, error } = await decodeAll(fileOptions(path));
    expect(error).toBeNull();
    expect(tracks).toMatchObject({ video: null, audio: {} });
    expect(frames).toHaveLength(0);
    expect(audio.length).toBeGreaterThan(10);
    expect(readFileSync(path).includes(Buffer.from([0xff, 0xd8, 0xff]))).toBe(true);
  });

  test('a film with a cover picture is a film', async () => {
    const { tracks, frames } = await decodeAll(fileOptions(await makeMp4({ seconds: 2, cover: true })));
    expect(tracks?.video?.codec).toBe('h264');
    expect(frames).toHaveLength(12);
  });

  test('one that was cut off in the middle gives what is there', async () => {
    const whole = readFileSync(await makeMp4({ seconds: 4, name: 'whole.mkv' }));
    const path = beside('half.mkv', whole.subarray(0, Math.floor(whole.length / 2)));
    const { error, frames } = await decodeAll(fileOptions(path));
    expect(error).toBeNull();
    expect(frames.length).toBeGreaterThan(8);
    expect(frames.length).toBeLessThan(16);
  });

  test('one with broken parts gives the rest', async () => {
    const bytes = readFileSync(
      await makeMp4({ seconds: 4, name: 'a.ts', texture: true, keyIntervalFrames: 12 }),
    );
    for (let at = bytes.length / 3; at < bytes.length / 2; at += 97) bytes[Math.floor(at)]! ^= 0x55;
    const { error, frames, audio } = await decodeAll(fileOptions(beside('broken.ts', bytes)));
    expect(error).toBeNull();
    expect(frames.length).toBeGreaterThan(12);
    expect(audio.length).toBeGreaterThan(50);
  });

  test('an unknown scheme', async () => {
    expect((await decodeAll(fileOptions('gopher://host/film'))).error?.code).toBe('ERR_SOURCE_URL');
  });

  test('a device that a request names where devices are off', async () => {
    const options = fileOptions('camera:', { policy: requestPolicy() });
    expect((await decodeAll(options)).error?.code).toBe('ERR_SOURCE_DEVICE');
  });

  test('a device that is not there', async () => {
    const options = fileOptions('camera:/dev/video99');
    expect((await decodeAll(options)).error?.code).toBe('ERR_SOURCE_DEVICE');
  });
});

describe('hosts', () => {
  test.each(['rtsp', 'http', 'rtmp'])('%s: one that never answers', async (scheme) => {
    const port = await listen(createServer());
    const url = `${scheme}://user:secret@127.0.0.1:${port}/live?token=hidden`;
    const { error } = await decodeAll(fileOptions(url, { connectTimeoutMs: 400 }));
    expect(error?.code).toBe('ERR_SOURCE_TIMEOUT');
    expect(error?.message).toContain('did not answer');
    expect(error?.message).toContain('127.0.0.1');
    expect(error?.message).not.toMatch(/secret|hidden|user/);
  });

  test.each(['rtsp', 'http', 'rtmp'])('%s: nobody listens', async (scheme) => {
    const server = createServer();
    const port = await listen(server);
    server.close();
    const { error } = await decodeAll(fileOptions(`${scheme}://user:secret@127.0.0.1:${port}/live`));
    expect(error?.code).toBe('ERR_SOURCE_UNREACHABLE');
    expect(error?.message).not.toContain('secret');
  });

  test.each([
    [401, 'ERR_SOURCE_AUTH'],
    [403, 'ERR_SOURCE_AUTH'],
    [404, 'ERR_SOURCE_UNREACHABLE'],
    [500, 'ERR_SOURCE_UNREACHABLE'],
  ])('http: status %i', async (status, code) => {
    const port = await serve((_, response) => response.writeHead(status).end());
    const { error } = await decodeAll(fileOptions(`http://user:secret@127.0.0.1:${port}/film.mp4`));
    expect(error?.code).toBe(code);
    expect(error?.message).not.toContain('secret');
  });

  test('rtsp: wrong credentials', async () => {
    const port = await listen(
      createServer((socket) => {
        socket.on('data', (request) => {
          const sequence = /CSeq: (\d+)/i.exec(request.toString())?.[1] ?? '1';
          socket.write(
            `RTSP/1.0 401 Unauthorized\r\nCSeq: ${sequence}\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n`,
          );
        });
      }),
    );
    const { error } = await decodeAll(fileOptions(`rtsp://user:secret@127.0.0.1:${port}/live`));
    expect(error?.code).toBe('ERR_SOURCE_AUTH');
    expect(error?.message).not.toContain('secret');
  });

  test('http: a web page', async () => {
    const port = await serve((_, response) => response.end('<html><body>'.padEnd(5000, 'No film here. ')));
    const { error } = await decodeAll(fileOptions(`http://127.0.0.1:${port}/film`));
    expect(error?.code).toBe('ERR_SOURCE_NOT_MEDIA');
  });

  test('http: a file from a server', async () => {
    const { size } = statSync(media);
    const port = await serve((request, response) => {
      const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(206, {
        'accept-ranges': 'bytes',
        'content-range': `bytes ${start}-${size - 1}/${size}`,
        'content-length': size - start,
      });
      createReadStream(media, { start }).pipe(response);
    });
    const { error, frames } = await decodeAll(fileOptions(`http://127.0.0.1:${port}/film.mp4`));
    expect(error).toBeNull();
    expect(frames).toHaveLength(24);
  });

  test('http: one that falls silent', async () => {
    const bytes = readFileSync(await makeMp4({ seconds: 20, name: 'a.ts', texture: true }));
    const port = await serve((_, response) => {
      response.write(bytes.subarray(0, bytes.length / 2));
    });
    const options = fileOptions(`http://127.0.0.1:${port}/live`, { readTimeoutMs: 500 });
    const { error, frames } = await decodeAll(options);
    expect(error?.code).toBe('ERR_SOURCE_TIMEOUT');
    expect(error?.message).toContain('stopped sending');
    expect(frames.length).toBeGreaterThan(20);
  });

  test('a playlist from a host cannot read files of this machine', async () => {
    const playlist = `#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://${media}\n#EXT-X-ENDLIST\n`;
    const port = await serve((_, response) => {
      response.setHeader('content-type', 'application/vnd.apple.mpegurl').end(playlist);
    });
    const { error, frames } = await decodeAll(fileOptions(`http://127.0.0.1:${port}/live.m3u8`));
    expect(error).not.toBeNull();
    expect(frames).toHaveLength(0);
  });
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { spawnDecodeChild, type DecodeChild } from '../../src/streams/decode/child-process.js';
import { loadNodeAv } from '../../src/streams/decode/load-node-av.js';
import { residentBytesOf } from '../../src/streams/child/resident-memory.js';
import { decodeAll, fileOptions, type Decoded } from '../fixtures/decode.js';
import { makeMp4, temporaryFolder } from '../fixtures/media.js';
import { h264Picture, muxPackets, resizedJpeg, type PacketTrack } from '../fixtures/picture-sizes.js';

const PACKET_SECONDS = 0.04;

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await firstPacket(await makeMp4({ seconds: 0.1, videoCodec: 'mjpeg', audio: false, name: 'a.mkv' }));
});

describe('a picture without end', () => {
  test.each([
    ['H.264 in MP4', 'large.mp4', () => h264Picture(16_384, 16_384), 'ERR_SOURCE_TOO_LARGE'],
    ['H.264 in MPEG-TS', 'large.ts', () => h264Picture(16_384, 16_384), 'ERR_SOURCE_NOT_MEDIA'],
    ['H.264 in FLV', 'larger.flv', () => h264Picture(16_000, 16_000), 'ERR_SOURCE_TOO_LARGE'],
    [
      'H.264 in MPEG-TS, of a size that FFmpeg takes',
      'larger.ts',
      () => h264Picture(16_000, 16_000),
      'ERR_SOURCE_TOO_LARGE',
    ],
    [
      'H.264 in MP4 that states a small one',
      'lies.mov',
      () => h264Picture(16_000, 16_000),
      'ERR_SOURCE_NOT_MEDIA',
    ],
    ['PNG in MOV', 'large-png.mov', () => png(16_384, 16_384), 'ERR_SOURCE_NOT_MEDIA'],
    ['JPEG in Matroska', 'large.mkv', () => resizedJpeg(jpeg, 16_384, 16_384), 'ERR_SOURCE_NOT_MEDIA'],
    [
      'JPEG without a container',
      'large.mjpeg',
      () => resizedJpeg(jpeg, 16_384, 16_384),
      'ERR_SOURCE_NOT_MEDIA',
    ],
    ['PNG of 0x0', 'no-png.mov', () => png(0, 0), 'ERR_SOURCE_NOT_MEDIA'],
    ['JPEG of 0x0 without a container', 'no.mjpeg', () => resizedJpeg(jpeg, 0, 0), 'ERR_SOURCE_NOT_MEDIA'],
  ])('%s is refused, and no memory is taken for it', async (what, name, picture, code) => {
    const { error, frames, peakMb } = await decodeAndWeigh(await write(name, Array(25).fill(picture())));
    expect(error?.code).toBe(code);
    if (code === 'ERR_SOURCE_TOO_LARGE')
      expect(error?.message).toMatch(/got (16384x16384|16000x16000); expected .* 8192x4320/);
    expect(frames).toHaveLength(0);
    // A child that has loaded FFmpeg takes 90; one such picture would be 400 and more.
    expect(peakMb).toBeGreaterThan(0);
    expect(peakMb).toBeLessThan(250);
    process.stderr.write(`${what}: at most ${peakMb.toFixed(0)} MB\n`);
  });

  test('where FFmpeg decodes it before its size is known, the memory limit holds', async () => {
    const path = await write('probed.avi', Array(25).fill(h264Picture(16_000, 16_000)));
    const { error, frames } = await decodeAndWeigh(path, 300);
    expect(error?.code).toBe('ERR_DECODE_MEMORY');
    expect(error?.message).toMatch(/expected at most 300 MB$/);
    expect(frames).toHaveLength(0);
  });

  test('8192x4320 is none', async () => {
    const { error, frames, tracks } = await decodeAndWeigh(await write('8k.mp4', [h264Picture(8192, 4320)]));
    expect(error).toBeNull();
    expect(tracks?.video).toMatchObject({ width: 8192, height: 4320 });
    expect(frames).toHaveLength(1);
  });

  test('in the middle of a stream counts as broken, and the stream goes on behind it', async () => {
    const [normal, large] = [h264Picture(320, 176), h264Picture(16_000, 16_000)];
    const seconds = (picture: Buffer, length: number): Buffer[] =>
      Array<Buffer>(length / PACKET_SECONDS).fill(picture);
    const packets = [...seconds(normal, 2), ...seconds(large, 1), ...seconds(normal, 2)];
    const { error, frames, peakMb } = await decodeAndWeigh(await write('middle.ts', packets));
    expect(error).toBeNull();
    const sizes = frames.map(({ ptsUs }) => Math.floor(ptsUs / 1e6));
    expect(new Set(sizes)).toEqual(new Set([0, 1, 3, 4]));
    expect(peakMb).toBeLessThan(200);
  });
});

async function write(name: string, packets: readonly Buffer[]): Promise<string> {
  const path = join(temporaryFolder(), name);
  const codec: PacketTrack['codec'] = name.includes('png')
    ? 'PNG'
    : /mkv|mjpeg/.test(name)
      ? 'MJPEG'
      : 'H264';
  const [width, height] = name.endsWith('.mp4') ? stated(name) : [320, 176];
  if (name.endsWith('.mjpeg')) writeFileSync(path, Buffer.concat(packets));
  else await muxPackets(path, { codec, width, height, packets, packetSeconds: PACKET_SECONDS });
  return path;
}

function stated(name: string): [width: number, height: number] {
  return name.startsWith('8k') ? [8192, 4320] : [16_384, 16_384];
}

async function decodeAndWeigh(path: string, memoryLimitMb = 512): Promise<Decoded & { peakMb: number }> {
  let child: DecodeChild | undefined;
  let peakMb = 0;
  const look = setInterval(() => {
    peakMb = Math.max(peakMb, (residentBytesOf(child?.pid ?? NaN) ?? 0) / 2 ** 20);
  }, 5);
  const spawn = (): DecodeChild => (child = spawnDecodeChild());
  const decoded = await decodeAll(fileOptions(path, { memoryLimitMb }), { deps: { spawn } });
  clearInterval(look);
  return { ...decoded, peakMb };
}

async function firstPacket(path: string): Promise<Buffer> {
  const av = await loadNodeAv();
  const context = new av.FormatContext();
  const packet = new av.Packet();
  packet.alloc();
  await context.openInput(path, null, null);
  await context.readFrame(packet);
  const bytes = Buffer.from(packet.data!);
  packet.free();
  await context.closeInput();
  return bytes;
}

/** A whole and valid picture of one colour, 1 bit a pixel. */
function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, part('IHDR', header), part('IDAT', rows), part('IEND', Buffer.alloc(0))]);
}

function part(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name), body]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(body.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

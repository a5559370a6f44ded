import { readFile } from 'node:fs/promises';
import type { AVCodecID } from 'node-av/constants';
import type { Frame } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { NodeAv } from './load-node-av.js';

/** Larger pictures are refused: they would fill the memory of the machine. */
const MAX_PIXELS = 128 * 1024 * 1024;

/** How each format's files begin. */
function signatures(av: NodeAv): readonly [codecId: AVCodecID, start: RegExp][] {
  return [
    [av.AV_CODEC_ID_PNG, /^\x89PNG\r\n/],
    [av.AV_CODEC_ID_MJPEG, /^\xff\xd8\xff/],
    [av.AV_CODEC_ID_WEBP, /^RIFF[^]{4}WEBP/],
    [av.AV_CODEC_ID_BMP, /^BM/],
    [av.AV_CODEC_ID_GIF, /^GIF8[79]a/],
    [av.AV_CODEC_ID_TIFF, /^(II\*\0|MM\0\*)/],
    [av.AV_CODEC_ID_QOI, /^qoif/],
    [av.AV_CODEC_ID_PBM, /^P[14]\s/],
    [av.AV_CODEC_ID_PGM, /^P[25]\s/],
    [av.AV_CODEC_ID_PPM, /^P[36]\s/],
  ];
}

const SIGNATURE_BYTES = 16;

/**
 * Decodes an image file: what it is shows in its first bytes, whatever its name says. Of an animation, the first picture.
 * @returns the picture; the caller frees it
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE or ERR_SOURCE_NOT_MEDIA, naming the file
 */
export async function decodeImage(av: NodeAv, path: string): Promise<Frame> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what: `The image cannot be read (${path})`, cause });
  });
  const start = bytes.toString('latin1', 0, SIGNATURE_BYTES);
  const codecId = signatures(av).find(([, pattern]) => pattern.test(start))?.[0];
  const codec = codecId === undefined ? null : av.Codec.findDecoder(codecId);
  if (codec === null) {
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: `The file is no image that can be read (${path})`,
      got: bytes.length === 0 ? 'an empty file' : `a file that begins with ${bytes.toString('hex', 0, 8)}`,
      expected: 'PNG, JPEG, WebP, BMP, GIF, TIFF, QOI or PNM',
    });
  }
  const context = new av.CodecContext();
  const packet = new av.Packet();
  const frame = new av.Frame();
  try {
    context.allocContext3(codec);
    context.threadCount = 1;
    context.setOption('max_pixels', String(MAX_PIXELS));
    packet.alloc();
    frame.alloc();
    packet.data = bytes;
    let code = await context.open2(codec, null);
    if (code >= 0) code = context.sendPacketSync(packet);
    if (code >= 0) code = context.sendPacketSync(null);
    if (code >= 0) code = context.receiveFrameSync(frame);
    if (code >= 0) return frame;
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: `The image cannot be decoded (${path})`,
      got: code === av.AVERROR_EOF ? 'no picture in it' : av.FFmpegError.strerror(code),
    });
  } catch (error) {
    frame.free();
    throw error;
  } finally {
    packet.free();
    context.freeContext();
  }
}

import type { CodecContext, Frame, Packet } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { NodeAv } from './load-node-av.js';
import { MAX_PICTURE } from './accepted-media.js';

/** Decodes JPEGs that have nothing to do with each other. */
export class JpegDecoder {
  readonly #av: NodeAv;
  readonly #context: CodecContext;
  readonly #packet: Packet;

  private constructor(av: NodeAv, context: CodecContext) {
    this.#av = av;
    this.#context = context;
    this.#packet = new av.Packet();
    this.#packet.alloc();
  }

  static async open(av: NodeAv): Promise<JpegDecoder> {
    const codec = av.Codec.findDecoder(av.AV_CODEC_ID_MJPEG);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    context.threadCount = 1;
    context.setOption('max_pixels', String(MAX_PICTURE.pixels));
    av.FFmpegError.throwIfError(await context.open2(codec, null), 'open the JPEG decoder');
    return new JpegDecoder(av, context);
  }

  /**
   * @returns a picture that the caller frees
   * @throws {EvokedError} ERR_SOURCE_NOT_MEDIA where the JPEG is broken
   */
  decode(jpeg: Buffer): Frame {
    const av = this.#av;
    this.#packet.unref();
    this.#packet.data = jpeg;
    this.#packet.pts = 0n;
    const sent = this.#context.sendPacketSync(this.#packet);
    const frame = new av.Frame();
    frame.alloc();
    const code = sent < 0 ? sent : this.#context.receiveFrameSync(frame);
    if (code >= 0) return frame;
    frame.free();
    // What is left of a broken picture would be taken for a part of the next one.
    this.#context.flushBuffers();
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: 'A pushed JPEG cannot be decoded',
      got: av.FFmpegError.strerror(code),
    });
  }

  close(): void {
    this.#packet.free();
    this.#context.freeContext();
  }
}

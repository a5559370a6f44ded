import type { FFEncoderCodec } from 'node-av/constants';
import type { CodecContext, FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { EvokedError } from '../../../core/errors.js';
import type { NodeAv } from '../../decode/load-node-av.js';

/** One track of a file: frames go in, packets go into the file. */
export class TrackEncoder {
  readonly #av: NodeAv;
  readonly #output: FormatContext;
  readonly #context: CodecContext;
  readonly #stream: Stream;
  readonly #packet: Packet;

  private constructor(av: NodeAv, output: FormatContext, context: CodecContext, stream: Stream) {
    this.#av = av;
    this.#output = output;
    this.#context = context;
    this.#stream = stream;
    this.#packet = new av.Packet();
    this.#packet.alloc();
  }

  /**
   * Adds a track to a file that is not yet begun.
   * @param configure sets what the encoder is to make
   * @param settings the encoder's own options
   * @throws {EvokedError} ERR_NOT_SUPPORTED where this FFmpeg has no such encoder, or it refuses
   */
  static async open(
    av: NodeAv,
    output: FormatContext,
    name: FFEncoderCodec,
    configure: (context: CodecContext) => void,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<TrackEncoder> {
    const codec = av.Codec.findEncoderByName(name);
    if (codec === null) throw new EvokedError('ERR_NOT_SUPPORTED', { what: `FFmpeg has no encoder ${name}` });
    const context = new av.CodecContext();
    context.allocContext3(codec);
    configure(context);
    if (output.oformat?.hasFlags(av.AVFMT_GLOBALHEADER) === true) {
      context.setFlags(av.AV_CODEC_FLAG_GLOBAL_HEADER);
    }
    // node-av 6.1 frees the dictionary twice in open2Sync.
    const opened = await context.open2(null, av.Dictionary.fromObject(settings));
    if (opened < 0) {
      const got = av.FFmpegError.strerror(opened);
      throw new EvokedError('ERR_NOT_SUPPORTED', { what: `encoder ${name} refuses its settings`, got });
    }
    const stream = output.newStream();
    stream.codecpar.fromContext(context);
    stream.timeBase = context.timeBase;
    stream.avgFrameRate = context.framerate;
    return new TrackEncoder(av, output, context, stream);
  }

  /** Samples that the encoder takes at once; 0 for pictures. */
  get frameSize(): number {
    return this.#context.frameSize;
  }

  /**
   * The next frame, which is freed; null ends the track.
   * @throws {EvokedError} ERR_FILE_WRITE
   */
  encode(frame: Frame | null): void {
    try {
      checkWrite(this.#av, this.#context.sendFrameSync(frame));
    } finally {
      frame?.free();
    }
    while (this.#context.receivePacketSync(this.#packet) >= 0) {
      this.#packet.rescaleTs(this.#context.timeBase, this.#stream.timeBase);
      this.#packet.streamIndex = this.#stream.index;
      checkWrite(this.#av, this.#output.interleavedWriteFrameSync(this.#packet));
    }
  }

  close(): void {
    this.#packet.free();
    this.#context.freeContext();
  }
}

/**
 * Holds a step of writing a file against what FFmpeg returned.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function checkWrite(av: NodeAv, returned: number): void {
  if (returned >= 0) return;
  const got = av.FFmpegError.strerror(returned);
  throw new EvokedError('ERR_FILE_WRITE', { what: 'a film cannot be written', got });
}

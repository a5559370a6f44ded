import type { CodecContext, Frame, Packet, SoftwareScaleContext } from 'node-av/lib';
import { asProgressive } from '../picture/as-progressive.js';
import { MAX_PREVIEW_BYTES } from '../wire/media-messages.js';
import type { NodeAv } from './load-node-av.js';

/** Quantiser of FFmpeg's MJPEG encoder, 2 (best) to 31: about 15 kB for a detailed 480x270 picture. */
const QUANTISER = 5;
/** FF_QP2LAMBDA: quality is given in units of a Lagrange multiplier. */
const QUANTISER_TO_LAMBDA = 118;

/** Makes small JPEGs of decoded pictures; the aspect is kept, and a picture is never enlarged. */
export class PreviewEncoder {
  readonly #av: NodeAv;
  readonly #width: number;
  #source = '';
  #scaler: SoftwareScaleContext | null = null;
  #scaled: Frame | null = null;
  #encoder: CodecContext | null = null;
  #packet: Packet | null = null;

  /** @param width of the JPEG in pixels */
  constructor(av: NodeAv, width: number) {
    this.#av = av;
    this.#width = width;
  }

  /** The JPEG, or null where the picture cannot be made into one: a preview is never worth a failure. */
  encode(frame: Frame): Uint8Array | null {
    const source = `${frame.width}x${frame.height}`;
    if (source !== this.#source && !this.#open(frame)) return null;
    this.#source = source;
    const [scaler, scaled, encoder, packet] = [this.#scaler!, this.#scaled!, this.#encoder!, this.#packet!];
    if (scaler.scaleFrameSync(scaled, asProgressive(this.#av, frame)) < 0) return null;
    scaled.quality = QUANTISER * QUANTISER_TO_LAMBDA;
    if (encoder.sendFrameSync(scaled) < 0 || encoder.receivePacketSync(packet) < 0) return null;
    const jpeg = packet.data === null ? null : new Uint8Array(packet.data);
    packet.unref();
    return jpeg !== null && jpeg.length <= MAX_PREVIEW_BYTES ? jpeg : null;
  }

  close(): void {
    this.#scaler?.freeContext();
    this.#scaled?.free();
    this.#encoder?.freeContext();
    this.#packet?.free();
    this.#scaler = this.#scaled = this.#encoder = this.#packet = null;
    this.#source = '';
  }

  #open(frame: Frame): boolean {
    const av = this.#av;
    this.close();
    const codec = av.Codec.findEncoder(av.AV_CODEC_ID_MJPEG);
    if (codec === null) return false;
    const width = even(Math.min(this.#width, frame.width));
    const height = even((frame.height * width) / frame.width);
    const encoder = (this.#encoder = new av.CodecContext());
    encoder.allocContext3(codec);
    Object.assign(encoder, { width, height, pixelFormat: av.AV_PIX_FMT_YUVJ420P, threadCount: 1 });
    encoder.timeBase = new av.Rational(1, 25);
    encoder.colorRange = av.AVCOL_RANGE_JPEG;
    encoder.setFlags(av.AV_CODEC_FLAG_QSCALE);
    encoder.globalQuality = QUANTISER * QUANTISER_TO_LAMBDA;
    if (encoder.open2Sync(codec, null) < 0) return false;
    const scaled = (this.#scaled = new av.Frame());
    scaled.alloc();
    Object.assign(scaled, { width, height, format: av.AV_PIX_FMT_YUVJ420P });
    scaled.colorRange = av.AVCOL_RANGE_JPEG;
    if (scaled.getBuffer() < 0) return false;
    this.#scaler = new av.SoftwareScaleContext();
    this.#scaler.allocContext();
    this.#packet = new av.Packet();
    this.#packet.alloc();
    return true;
  }
}

function even(length: number): number {
  return Math.max(2, Math.round(length / 2) * 2);
}

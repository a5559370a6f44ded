import type { AVPixelFormat } from 'node-av/constants';
import type { Frame, SoftwareScaleContext } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { NodeAv } from '../decode/load-node-av.js';
import { asProgressive } from './as-progressive.js';
import { letterboxRgb, planLetterbox, type LetterboxPlan } from './letterbox.js';

/**
 * Turns decoded pictures of any size and pixel format into 224x224 RGB frames: swscale converts the whole picture to RGB
 * without scaling, then only the sampled pixels are read. (Sampling YUV planes directly was measured to be slower:
 * swscale's conversion costs 0.3 ms for 1280x720.) Holds one picture's worth of memory.
 *
 * Matrix and range are those that the stream declares; where it declares none, BT.601 in limited range, as OpenCV and
 * FFmpeg take it.
 */
export class FrameLetterboxer {
  readonly #av: NodeAv;
  #plan: LetterboxPlan = planLetterbox(1, 1);
  #scaler: SoftwareScaleContext | null = null;
  #rgb: Frame | null = null;

  constructor(av: NodeAv) {
    this.#av = av;
  }

  /**
   * @returns a new `[224, 224, 3]` frame that shares no memory with `frame`
   * @throws {EvokedError} ERR_SOURCE_NOT_MEDIA where swscale does not know the pixel format
   */
  letterbox(frame: Frame): Uint8Array {
    const av = this.#av;
    const { width, height } = frame;
    if (this.#plan.width !== width || this.#plan.height !== height) this.#plan = planLetterbox(width, height);
    if (this.#rgb?.width !== width || this.#rgb.height !== height) this.#allocate(width, height);
    const rgb = this.#rgb!;
    const code = this.#scaler!.scaleFrameSync(rgb, asProgressive(av, frame));
    if (code < 0) {
      const format = av.avGetPixFmtName(frame.format as AVPixelFormat) ?? 'an unknown pixel format';
      throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
        what: 'A picture cannot be converted to RGB',
        got: `${format} of ${width}x${height} (${av.FFmpegError.strerror(code)})`,
      });
    }
    return letterboxRgb({ data: rgb.data![0]!, stride: rgb.linesize[0]! }, this.#plan);
  }

  /** Frees what is held; may be called twice, and the object be used again. */
  close(): void {
    this.#scaler?.freeContext();
    this.#rgb?.free();
    this.#scaler = null;
    this.#rgb = null;
  }

  #allocate(width: number, height: number): void {
    const av = this.#av;
    this.close();
    this.#scaler = new av.SoftwareScaleContext();
    this.#scaler.allocContext();
    const rgb = new av.Frame();
    rgb.alloc();
    Object.assign(rgb, { width, height, format: av.AV_PIX_FMT_RGB24 });
    av.FFmpegError.throwIfError(rgb.getBuffer(), 'allocate a picture');
    this.#rgb = rgb;
  }
}

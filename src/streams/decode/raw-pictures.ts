import type { Frame } from 'node-av/lib';
import type { VideoFrame } from '../../core/media.js';
import type { RawVideoForm } from '../../core/protocol.js';
import { FrameLetterboxer } from '../picture/frame-letterboxer.js';
import { JpegDecoder } from './jpeg-decoder.js';
import type { NodeAv } from './load-node-av.js';
import { PreviewEncoder } from './preview-encoder.js';

/** How pushed pictures become frames. */
export interface RawPicturesOptions {
  readonly form: RawVideoForm;
  readonly previewWidth: number;
  /** Whether previews are wanted at the moment. */
  readonly preview: () => boolean;
}

/** Pushed pictures → frames and previews of those that a segment needs: no other one is ever decoded. */
export class RawPictures {
  readonly #av: NodeAv;
  readonly #options: RawPicturesOptions;
  readonly #jpegs: JpegDecoder | null;
  readonly #letterboxer: FrameLetterboxer;
  readonly #preview: PreviewEncoder;

  private constructor(av: NodeAv, options: RawPicturesOptions, jpegs: JpegDecoder | null) {
    this.#av = av;
    this.#options = options;
    this.#jpegs = jpegs;
    this.#letterboxer = new FrameLetterboxer(av);
    this.#preview = new PreviewEncoder(av, options.previewWidth);
  }

  static async open(av: NodeAv, options: RawPicturesOptions): Promise<RawPictures> {
    const jpegs = options.form.format === 'jpeg' ? await JpegDecoder.open(av) : null;
    return new RawPictures(av, options, jpegs);
  }

  /** @throws {EvokedError} ERR_SOURCE_NOT_MEDIA where the picture is broken */
  render(payload: Buffer): Pick<VideoFrame, 'rgb' | 'previewJpeg'> {
    const frame = this.#decode(payload);
    try {
      const previewJpeg = this.#options.preview() ? this.#preview.encode(frame) : null;
      return { rgb: this.#letterboxer.letterbox(frame), previewJpeg };
    } finally {
      frame.free();
    }
  }

  close(): void {
    this.#jpegs?.close();
    this.#letterboxer.close();
    this.#preview.close();
  }

  #decode(payload: Buffer): Frame {
    const { form } = this.#options;
    if (form.format === 'jpeg') return this.#jpegs!.decode(payload);
    const { width, height } = form;
    const timeBase = { num: 1, den: 1_000_000 };
    const format = this.#av.AV_PIX_FMT_RGB24;
    return this.#av.Frame.fromVideoBuffer(payload, { width, height, format, timeBase });
  }
}

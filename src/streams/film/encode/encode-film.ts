import { FF_ENCODER_AAC, FF_ENCODER_LIBX264 } from 'node-av/constants';
import type { Frame, SoftwareScaleContext } from 'node-av/lib';
import { SAMPLE_RATE_HZ } from '../../../core/time-grid.js';
import type { NodeAv } from '../../decode/load-node-av.js';
import { createFilm, FILM_HEIGHT, FILM_WIDTH, type FilmPicture } from '../film.js';
import type { FilmJob } from './encode-messages.js';
import { checkWrite, TrackEncoder } from './track-encoder.js';

/** Constant quality of H.264, 0 (lossless) to 51: the pictures stay within a few levels of the film's. */
const RATE_FACTOR = '20';
/** The most that AAC allows in mono at 16 kHz. */
const AUDIO_BIT_RATE = 96_000n;
const KEY_INTERVAL_SECONDS = 4;
const MAX_B_FRAMES = 2;

/**
 * Encodes a film as MP4: H.264 640x360, frame i showing the film at i/fps seconds, and AAC mono at 16 kHz. The encoder's head
 * start of silence is marked in the file, so that players leave it out.
 * @param onProgress called now and then with the seconds that are done
 * @throws {EvokedError} ERR_FILE_WRITE; ERR_NOT_SUPPORTED where FFmpeg lacks an encoder
 */
export async function encodeFilm(
  av: NodeAv,
  { seed, seconds, fps }: FilmJob,
  path: string,
  onProgress: (secondsDone: number) => void,
): Promise<void> {
  const film = createFilm(seed);
  const output = new av.FormatContext();
  checkWrite(av, output.allocOutputContext2(null, 'mp4', `file:${path}`));
  const video = await TrackEncoder.open(
    av,
    output,
    FF_ENCODER_LIBX264,
    (context) => {
      Object.assign(context, { width: FILM_WIDTH, height: FILM_HEIGHT, threadCount: 1 });
      context.pixelFormat = av.AV_PIX_FMT_YUV420P;
      context.colorSpace = av.AVCOL_SPC_SMPTE170M;
      context.colorRange = av.AVCOL_RANGE_MPEG;
      context.timeBase = new av.Rational(1, fps);
      context.framerate = new av.Rational(fps, 1);
      context.gopSize = KEY_INTERVAL_SECONDS * fps;
      context.maxBFrames = MAX_B_FRAMES;
    },
    { preset: 'veryfast', crf: RATE_FACTOR },
  );
  const audio = await TrackEncoder.open(av, output, FF_ENCODER_AAC, (context) => {
    context.sampleRate = SAMPLE_RATE_HZ;
    context.sampleFormat = av.AV_SAMPLE_FMT_FLTP;
    context.channelLayout = av.avChannelLayoutDefault(1);
    context.timeBase = new av.Rational(1, SAMPLE_RATE_HZ);
    context.bitRate = AUDIO_BIT_RATE;
  });
  const pictures = new PictureConverter(av);
  const numFrames = Math.ceil(seconds * fps - 1e-9);
  const numSamples = Math.round(seconds * SAMPLE_RATE_HZ);
  try {
    checkWrite(av, await output.openOutput());
    checkWrite(av, await output.writeHeader(av.Dictionary.fromObject({})));
    let sample = 0;
    for (let index = 0; index < numFrames; index++) {
      video.encode(pictures.convert(film.frameAt(index / fps), index));
      // Interleaved by time.
      for (; sample < Math.min(numSamples, ((index + 1) / fps) * SAMPLE_RATE_HZ); sample += audio.frameSize) {
        const count = Math.min(audio.frameSize, numSamples - sample);
        audio.encode(audioFrame(av, film.audio(sample, count), sample));
      }
      if (index % fps === 0) onProgress(index / fps);
    }
    video.encode(null);
    audio.encode(null);
    checkWrite(av, await output.writeTrailer());
  } finally {
    await output.closeOutput();
    video.close();
    audio.close();
    pictures.close();
    output.freeContext();
  }
}

/** The film's RGB pictures → the encoder's YUV 4:2:0. */
class PictureConverter {
  readonly #av: NodeAv;
  readonly #scaler: SoftwareScaleContext;

  constructor(av: NodeAv) {
    this.#av = av;
    this.#scaler = new av.SoftwareScaleContext();
    this.#scaler.allocContext();
  }

  convert({ width, height, rgb }: FilmPicture, pts: number): Frame {
    const av = this.#av;
    const bytes = Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength);
    const source = av.Frame.fromVideoBuffer(bytes, { width, height, format: av.AV_PIX_FMT_RGB24 });
    const frame = new av.Frame();
    try {
      frame.alloc();
      Object.assign(frame, { width, height, format: av.AV_PIX_FMT_YUV420P });
      checkWrite(av, frame.getBuffer());
      checkWrite(av, this.#scaler.scaleFrameSync(frame, source));
    } finally {
      source.free();
    }
    frame.pts = BigInt(pts);
    return frame;
  }

  close(): void {
    this.#scaler.freeContext();
  }
}

function audioFrame(av: NodeAv, samples: Float32Array, firstSample: number): Frame {
  return av.Frame.fromAudioBuffer(Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength), {
    nbSamples: samples.length,
    format: av.AV_SAMPLE_FMT_FLTP,
    sampleRate: SAMPLE_RATE_HZ,
    channelLayout: av.avChannelLayoutDefault(1),
    timeBase: new av.Rational(1, SAMPLE_RATE_HZ),
    pts: BigInt(firstSample),
  });
}

import type { AVSampleFormat } from 'node-av/constants';
import type { Frame, SoftwareResampleContext } from 'node-av/lib';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import type { NodeAv } from './load-node-av.js';

/** Samples of one timeline run, and where they begin. */
export interface MonoBlock {
  readonly samples: Float32Array;
  /** How much later the newest input began than `samples[0]`, in µs: what the resampler had held back. */
  readonly leadUs: number;
}

/** Room beyond what swresample says it may put out. */
const MARGIN_SAMPLES = 64;

/**
 * Decoded audio of any rate, layout and sample format → the mean of the channels at 16 kHz, as floats in [-1, 1].
 * The mean, not FFmpeg's own downmix: the model was trained on it.
 */
export class MonoResampler {
  readonly #av: NodeAv;
  #context: SoftwareResampleContext | null = null;
  #configuration = '';
  #inputRateHz = 0;
  #output = Buffer.alloc(0);

  constructor(av: NodeAv) {
    this.#av = av;
  }

  /** Whether `convert` would start over for this frame, which loses what is held back: `drain` first. */
  isOtherFormat(frame: Frame): boolean {
    return this.#context !== null && configurationOf(frame) !== this.#configuration;
  }

  /** The next frame. Some milliseconds stay inside until more comes. */
  convert(frame: Frame): MonoBlock {
    const context = this.#contextFor(frame);
    const leadUs = this.#heldUs(context);
    const planes = frame.extendedData ?? frame.data;
    return { samples: this.#run(context, planes, frame.nbSamples), leadUs };
  }

  /** What is still inside; the next frame starts a new run. */
  drain(): Float32Array {
    const context = this.#context;
    if (context === null) return new Float32Array(0);
    const rest = this.#run(context, null, 0);
    this.close();
    return rest;
  }

  close(): void {
    this.#context?.free();
    this.#context = null;
    this.#configuration = '';
  }

  #heldUs(context: SoftwareResampleContext): number {
    // Counted in a unit that both rates divide, so that nothing is rounded.
    const base = BigInt(this.#inputRateHz) * BigInt(SAMPLE_RATE_HZ);
    return (Number(context.getDelay(base)) / Number(base)) * 1e6;
  }

  #run(context: SoftwareResampleContext, planes: Buffer[] | null, numSamples: number): Float32Array {
    const capacity = Math.max(0, context.getOutSamples(numSamples)) + MARGIN_SAMPLES;
    if (this.#output.length < capacity * 4) this.#output = Buffer.allocUnsafeSlow(capacity * 4);
    const count = context.convertSync([this.#output], capacity, planes, numSamples);
    this.#av.FFmpegError.throwIfError(count, 'resample');
    const samples = new Float32Array(this.#output.buffer, 0, count).slice();
    for (let i = 0; i < count; i++) {
      const value = samples[i]!;
      // Codecs overshoot; broken ones put out NaN.
      if (!(value <= 1 && value >= -1)) samples[i] = value > 1 ? 1 : value < -1 ? -1 : 0;
    }
    return samples;
  }

  #contextFor(frame: Frame): SoftwareResampleContext {
    const configuration = configurationOf(frame);
    if (this.#context !== null && configuration === this.#configuration) return this.#context;
    this.close();
    const av = this.#av;
    const context = new av.SoftwareResampleContext();
    const { channels } = frame;
    // Layouts that name their speakers wrongly or not at all are common: only the number counts for a mean.
    const inputLayout = av.avChannelLayoutDefault(channels);
    const code = context.allocSetOpts2(
      av.AV_CHANNEL_LAYOUT_MONO,
      av.AV_SAMPLE_FMT_FLT,
      SAMPLE_RATE_HZ,
      inputLayout,
      frame.format as AVSampleFormat,
      frame.sampleRate,
    );
    av.FFmpegError.throwIfError(code, 'set up the resampler');
    if (channels > 1) {
      const weights = new Array<number>(channels).fill(1 / channels);
      av.FFmpegError.throwIfError(context.setMatrix(weights, channels), 'set the mean of the channels');
    }
    av.FFmpegError.throwIfError(context.init(), 'start the resampler');
    this.#context = context;
    this.#configuration = configuration;
    this.#inputRateHz = frame.sampleRate;
    return context;
  }
}

function configurationOf(frame: Frame): string {
  return `${frame.sampleRate}/${frame.channels}/${frame.format}`;
}

import { EvokedError } from '../../core/errors.js';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { melFilters } from './mel-filters.js';
import { RealFft } from './real-fft.js';

/** Columns of one log-mel picture. */
export const MEL_FRAMES = 96;
/** Bands of one log-mel picture. */
export const MEL_BANDS = 64;
/** Length that the model's front end pads every waveform to: one second. */
export const PADDED_SAMPLES = 16_000;

const WINDOW_SAMPLES = 400;
const HOP_SAMPLES = 160;
const FFT_SIZE = 512;
const PICTURE_VALUES = MEL_FRAMES * MEL_BANDS;
const SMALLEST_MAGNITUDE = 1e-12;
const LOG_OFFSET = 0.001;
const SILENCE = Math.log(SMALLEST_MAGNITUDE + LOG_OFFSET);

/**
 * TRILL's front end: waveforms of at most one second, each taken as padded with zeros to 16000 samples, become log-mel
 * pictures. Periodic Hann window of 400, hop 160, FFT 512, magnitude, 64 HTK mel bands of 125-7500 Hz,
 * log(max(m, 1e-12) + 0.001), the first 96 frames. Only frames that a sample touches are computed: 17 for a segment.
 * Agrees with the float64 formula to 1e-4.
 */
export class LogMel {
  readonly #fft = new RealFft(FFT_SIZE);
  readonly #window = Float64Array.from({ length: WINDOW_SAMPLES }, (_, i) => hann(i));
  readonly #filters = melFilters({
    numBands: MEL_BANDS,
    sampleRateHz: SAMPLE_RATE_HZ,
    fftSize: FFT_SIZE,
    lowestHz: 125,
    highestHz: 7500,
  });
  readonly #signal = new Float64Array(FFT_SIZE);
  readonly #magnitudes = new Float64Array(FFT_SIZE / 2 + 1);

  /**
   * @param waveforms mono PCM at 16 kHz, each of 0 to 16000 samples; a sample that is not a finite number counts as 0,
   *   so that one broken sample cannot spoil a tower's state
   * @returns `[waveforms.length, 96, 64]`: frames in order of time, bands from low to high
   * @throws {EvokedError} ERR_MODEL_INPUT for a longer waveform
   */
  compute(waveforms: readonly Float32Array[]): Float32Array {
    const pictures = new Float32Array(waveforms.length * PICTURE_VALUES).fill(SILENCE);
    for (const [i, samples] of waveforms.entries()) {
      if (samples.length > PADDED_SAMPLES) {
        const expected = `at most ${PADDED_SAMPLES}`;
        const got = `${samples.length} samples`;
        throw new EvokedError('ERR_MODEL_INPUT', { what: 'waveform is too long', got, expected });
      }
      const numFrames = Math.min(MEL_FRAMES, Math.ceil(samples.length / HOP_SAMPLES));
      for (let frame = 0; frame < numFrames; frame++) {
        this.#transform(samples, frame * HOP_SAMPLES);
        this.#writeFrame(pictures, i * PICTURE_VALUES + frame * MEL_BANDS);
      }
    }
    return pictures;
  }

  #transform(samples: Float32Array, start: number): void {
    const numSamples = Math.min(WINDOW_SAMPLES, samples.length - start);
    for (let i = 0; i < numSamples; i++) {
      const sample = samples[start + i]!;
      this.#signal[i] = Number.isFinite(sample) ? sample * this.#window[i]! : 0;
    }
    this.#signal.fill(0, numSamples, WINDOW_SAMPLES);
    this.#fft.magnitudes(this.#signal, this.#magnitudes);
  }

  #writeFrame(pictures: Float32Array, offset: number): void {
    const magnitudes = this.#magnitudes;
    for (let band = 0; band < MEL_BANDS; band++) {
      const { firstBin, weights } = this.#filters[band]!;
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i]! * magnitudes[firstBin + i]!;
      pictures[offset + band] = Math.log(Math.max(sum, SMALLEST_MAGNITUDE) + LOG_OFFSET);
    }
  }
}

/** Periodic, not symmetric: the period is the window's length. */
function hann(i: number): number {
  return 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW_SAMPLES);
}

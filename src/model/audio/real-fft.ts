/**
 * Fourier transform of real signals of one fixed power-of-two length, in float64: a complex radix-2 transform of
 * half the length, then unpacked. Keeps its tables and scratch space; not for use by two callers at once.
 */
export class RealFft {
  readonly #size: number;
  readonly #half: number;
  readonly #bitReversed: Uint16Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** @param size length of the signals: a power of two from 4 to 65536 */
  constructor(size: number) {
    if (!Number.isInteger(Math.log2(size)) || size < 4 || size > 65_536) {
      throw new RangeError(`FFT size is ${size}; expected a power of two from 4 to 65536`);
    }
    this.#size = size;
    this.#half = size / 2;
    const numBits = Math.log2(this.#half);
    this.#bitReversed = Uint16Array.from({ length: this.#half }, (_, i) => reverseBits(i, numBits));
    this.#cos = Float64Array.from({ length: this.#half }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: this.#half }, (_, i) => Math.sin((2 * Math.PI * i) / size));
    this.#re = new Float64Array(this.#half);
    this.#im = new Float64Array(this.#half);
  }

  /**
   * |X[k]| for k = 0 … size/2 into `magnitudes`.
   * @param signal `size` values
   * @param magnitudes receives size/2 + 1 values
   */
  magnitudes(signal: Float64Array, magnitudes: Float64Array): void {
    const half = this.#half;
    const [re, im] = [this.#re, this.#im];
    for (let i = 0; i < half; i++) {
      const to = this.#bitReversed[i]!;
      re[to] = signal[2 * i]!;
      im[to] = signal[2 * i + 1]!;
    }
    this.#butterflies();
    magnitudes[0] = Math.abs(re[0]! + im[0]!);
    magnitudes[half] = Math.abs(re[0]! - im[0]!);
    for (let k = 1; k <= half / 2; k++) this.#unpack(k, magnitudes);
  }

  #butterflies(): void {
    const half = this.#half;
    const [re, im, cos, sin] = [this.#re, this.#im, this.#cos, this.#sin];
    for (let i = 0; i < half; i += 2) {
      const [aRe, aIm, bRe, bIm] = [re[i]!, im[i]!, re[i + 1]!, im[i + 1]!];
      re[i] = aRe + bRe;
      im[i] = aIm + bIm;
      re[i + 1] = aRe - bRe;
      im[i + 1] = aIm - bIm;
    }
    for (let span = 2; span < half; span *= 2) {
      const stride = this.#size / (2 * span);
      for (let j = 0; j < span; j++) {
        const wRe = cos[j * stride]!;
        const wIm = -sin[j * stride]!;
        for (let i = j; i < half; i += 2 * span) {
          const k = i + span;
          const tRe = re[k]! * wRe - im[k]! * wIm;
          const tIm = re[k]! * wIm + im[k]! * wRe;
          re[k] = re[i]! - tRe;
          im[k] = im[i]! - tIm;
          re[i] = re[i]! + tRe;
          im[i] = im[i]! + tIm;
        }
      }
    }
  }

  /** Bins k and size/2 - k of the real signal, out of bins k and size/2 - k of the packed one. */
  #unpack(k: number, magnitudes: Float64Array): void {
    const mirror = this.#half - k;
    const [re, im] = [this.#re, this.#im];
    const evenRe = (re[k]! + re[mirror]!) / 2;
    const evenIm = (im[k]! - im[mirror]!) / 2;
    const oddRe = (im[k]! + im[mirror]!) / 2;
    const oddIm = (re[mirror]! - re[k]!) / 2;
    const turnedRe = oddRe * this.#cos[k]! + oddIm * this.#sin[k]!;
    const turnedIm = oddIm * this.#cos[k]! - oddRe * this.#sin[k]!;
    magnitudes[k] = Math.sqrt((evenRe + turnedRe) ** 2 + (evenIm + turnedIm) ** 2);
    magnitudes[mirror] = Math.sqrt((evenRe - turnedRe) ** 2 + (evenIm - turnedIm) ** 2);
  }
}

function reverseBits(value: number, numBits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < numBits; bit++) reversed |= ((value >> bit) & 1) << (numBits - 1 - bit);
  return reversed;
}

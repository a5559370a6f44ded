import { fnv1a32 } from '../../model/weights/seeded.js';

const MULBERRY_INCREMENT = 0x6d2b79f5;
const TWO_POW_32 = 4_294_967_296;
const TWO_POW_16 = 65_536;

/** Factors of inverted dropout: each is 0 or `kept`. */
export interface DropoutMask {
  readonly factors: Float32Array;
  readonly kept: number;
}

/** A mulberry32 sequence of a name (see `seededUniform`) whose place can be saved, so that a run can be continued. */
export class RandomStream {
  /** Place in the sequence: a 32-bit integer. */
  state: number;

  constructor(seed: string, name: string) {
    this.state = fnv1a32(`${seed}/${name}`) | 0;
  }

  /** The next 32 bits, as an unsigned integer. */
  #bits(): number {
    const state = (this.state + MULBERRY_INCREMENT) | 0;
    this.state = state;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** The next number of [0, 1). */
  next(): number {
    return this.#bits() / TWO_POW_32;
  }

  /**
   * `length` factors of inverted dropout: 0 for a share `rate` of them, else `kept` = 1 / (1 − rate). `rate` is rounded to
   * 1/65536, so that each draw serves two factors.
   */
  dropoutMask(length: number, rate: number): DropoutMask {
    const threshold = Math.round(rate * TWO_POW_16);
    const kept = TWO_POW_16 / (TWO_POW_16 - threshold);
    const factors = new Float32Array(length);
    for (let i = 0; i < length; i += 2) {
      const bits = this.#bits();
      if (bits >>> 16 >= threshold) factors[i] = kept;
      // A write past the end of a typed array is ignored: the last draw of an odd length serves one.
      if ((bits & 0xffff) >= threshold) factors[i + 1] = kept;
    }
    return { factors, kept };
  }

  /** Indices of [0, length) that stay when a share `rate` is left out at random; at least one, ascending. */
  keptIndices(length: number, rate: number): number[] {
    const kept: number[] = [];
    for (let i = 0; i < length; i++) if (this.next() >= rate) kept.push(i);
    return kept.length > 0 ? kept : [Math.min(length - 1, Math.floor(this.next() * length))];
  }
}

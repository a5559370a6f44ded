import { describe, expect, it } from 'vitest';
import { RealFft } from '../../../src/model/audio/real-fft.js';
import { seededUniform } from '../../../src/model/weights/seeded.js';

/** |X[k]| by the definition of the transform. */
function slowMagnitudes(signal: Float64Array): number[] {
  return Array.from({ length: signal.length / 2 + 1 }, (_, k) => {
    let [re, im] = [0, 0];
    for (const [i, value] of signal.entries()) {
      re += value * Math.cos((2 * Math.PI * k * i) / signal.length);
      im -= value * Math.sin((2 * Math.PI * k * i) / signal.length);
    }
    return Math.hypot(re, im);
  });
}

describe('RealFft', () => {
  it.each([4, 8, 64, 512])('of %i agrees with the definition', (size) => {
    const uniform = seededUniform('fft', String(size));
    const fft = new RealFft(size);
    const magnitudes = new Float64Array(size / 2 + 1);
    for (let round = 0; round < 3; round++) {
      const signal = Float64Array.from({ length: size }, () => uniform());
      fft.magnitudes(signal, magnitudes);
      for (const [k, expected] of slowMagnitudes(signal).entries()) {
        expect(Math.abs(magnitudes[k]! - expected)).toBeLessThan(1e-10);
      }
    }
  });

  it.each([0, 2, 3, 500, 131_072])('refuses size %i', (size) => {
    expect(() => new RealFft(size)).toThrow(RangeError);
  });
});

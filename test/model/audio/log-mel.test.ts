import { describe, expect, it } from 'vitest';
import { LogMel, MEL_BANDS, MEL_FRAMES } from '../../../src/model/audio/log-mel.js';
import { melFilters } from '../../../src/model/audio/mel-filters.js';
import { type GoldenArray, goldenFloats, largestDifference, readGolden } from '../weights/golden-array.js';

const TOLERANCE = 1e-4;
const PICTURE = MEL_FRAMES * MEL_BANDS;
const SILENCE = Math.fround(Math.log(0.001));

const golden = readGolden<{
  signals: Readonly<Record<string, GoldenArray>>;
  logMel: Readonly<Record<string, GoldenArray>>;
}>('log-mel');

function tone(numSamples: number): Float32Array {
  return Float32Array.from({ length: numSamples }, (_, i) => 0.5 * Math.sin(i / 5));
}

describe('LogMel', () => {
  const logMel = new LogMel();

  it.each(Object.keys(golden.signals))('agrees with the reference on %s', (name) => {
    const picture = logMel.compute([goldenFloats(golden.signals[name]!)]);
    expect(largestDifference(picture, goldenFloats(golden.logMel[name]!))).toBeLessThan(TOLERANCE);
  });

  it('gives the same in a batch, whatever came before', () => {
    const waveforms = Object.values(golden.signals).map(goldenFloats);
    const together = logMel.compute(waveforms);
    for (const [i, waveform] of waveforms.entries()) {
      const alone = new LogMel().compute([waveform]);
      expect(largestDifference(together.subarray(i * PICTURE, (i + 1) * PICTURE), alone)).toBe(0);
    }
  });

  it('is log(0.001) for silence, and for no samples at all', () => {
    const picture = logMel.compute([new Float32Array(2667), new Float32Array(0)]);
    expect(picture).toHaveLength(2 * PICTURE);
    expect(picture.every((value) => Math.abs(value - SILENCE) < 1e-6)).toBe(true);
  });

  it.each([1, 160, 161, 399, 400, 401, 2666, 2667, 8000, 15_999])(
    'gives for %i samples what they give when padded with zeros by hand',
    (numSamples) => {
      const padded = new Float32Array(16_000);
      padded.set(tone(numSamples));
      expect(largestDifference(logMel.compute([tone(numSamples)]), logMel.compute([padded]))).toBeLessThan(
        1e-6,
      );
    },
  );

  it('touches 17 frames for a segment and leaves the other 79 silent', () => {
    const picture = logMel.compute([new Float32Array(2667).fill(0.5).map((v, i) => (i % 2 ? v : -v / 2))]);
    const loudest = (frame: number) =>
      Math.max(...picture.subarray(frame * MEL_BANDS, (frame + 1) * MEL_BANDS));
    expect(loudest(16)).toBeGreaterThan(SILENCE + 1e-3);
    expect(loudest(17)).toBe(SILENCE);
    expect(loudest(95)).toBe(SILENCE);
  });

  it('refuses more than a second', () => {
    expect(() => logMel.compute([new Float32Array(16_001)])).toThrow(
      expect.objectContaining({ code: 'ERR_MODEL_INPUT' }),
    );
  });

  it('takes samples that are no numbers for silence, and survives absurd ones', () => {
    const broken = tone(2667);
    const mended = broken.slice();
    for (const [i, value] of [NaN, Infinity, -Infinity].entries()) {
      broken[100 + i] = value;
      mended[100 + i] = 0;
    }
    expect(largestDifference(logMel.compute([broken]), logMel.compute([mended]))).toBe(0);
    const absurd = logMel.compute([new Float32Array(2667).map((_, i) => (i % 2 ? 3e38 : -3e38))]);
    expect(absurd.every(Number.isFinite)).toBe(true);
  });
});

describe('melFilters', () => {
  const filters = melFilters({
    numBands: 64,
    sampleRateHz: 16_000,
    fftSize: 512,
    lowestHz: 125,
    highestHz: 7500,
  });

  it('weighs no bin outside the band limits, and the DC bin never', () => {
    for (const { firstBin, weights } of filters) {
      expect(firstBin * 31.25).toBeGreaterThan(125);
      expect((firstBin + weights.length - 1) * 31.25).toBeLessThanOrEqual(7500);
    }
  });

  it('shares every bin between two neighbours', () => {
    const totals = new Float64Array(257);
    for (const { firstBin, weights } of filters) {
      weights.forEach((weight, i) => (totals[firstBin + i] = totals[firstBin + i]! + weight));
    }
    // Between the first and the last centre the triangles add up to one.
    expect([...totals.subarray(10, 225)].every((total) => Math.abs(total - 1) < 1e-9)).toBe(true);
  });
});

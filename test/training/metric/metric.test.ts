import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bootstrapInterval, mRho, pearson, videoCorrelations } from '../../../src/training/metric/index.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';

const value = fc.integer({ min: -1000, max: 1000 });
const pairs = fc.array(fc.tuple(value, value), { minLength: 2, maxLength: 60 });
const columns = (rows: readonly (readonly [number, number])[]) =>
  [rows.map(([a]) => a), rows.map(([, b]) => b)] as const;

/** Equal up to rounding, or both undefined. */
function expectSame(a: number | null, b: number | null): void {
  if (a === null || b === null) expect(a).toBe(b);
  else expect(a).toBeCloseTo(b, 9);
}

describe('pearson', () => {
  it('is that of a textbook example', () => {
    // Sums of squares 10 and 6, sum of products 6: 6 / sqrt(60).
    expect(pearson([1, 2, 3, 4, 5], [2, 4, 5, 4, 5])).toBeCloseTo(6 / Math.sqrt(60), 12);
  });

  it('is symmetric and in [-1, 1]', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const [a, b] = columns(rows);
        expect(pearson(a, b)).toBe(pearson(b, a));
        expect(Math.abs(pearson(a, b) ?? 0)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('does not change with scale and shift, and changes sign with the scale', () => {
    const scale = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(pairs, scale, value, (rows, factor, shift) => {
        const [a, b] = columns(rows);
        const moved = a.map((each) => each * factor + shift);
        expectSame(pearson(moved, b), pearson(a, b));
        const mirrored = pearson(
          a.map((each) => -each),
          b,
        );
        expectSame(mirrored === null ? null : -mirrored, pearson(a, b));
      }),
    );
  });

  it.each([
    ['a constant', [0.1, 0.1, 0.1], [1, 2, 3]],
    [
      'a constant whose mean is rounded',
      new Array<number>(11).fill(0.1),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    ],
    ['one value', [1], [2]],
    ['nothing', [], []],
    ['NaN', [1, NaN, 3], [1, 2, 3]],
    ['infinity', [1, Infinity, 3], [1, 2, 3]],
  ])('is not defined for %s', (_, a, b) => {
    expect(pearson(a, b)).toBeNull();
    expect(pearson(b, a)).toBeNull();
  });
});

describe('mRho', () => {
  const video = (...known: (number | null)[]) => [...known, ...new Array<null>(15 - known.length).fill(null)];

  it('takes means of videos, not of all correlations', () => {
    const perVideo = [video(0.2), video(0.8, 1)];
    expect(mRho(perVideo, { undefinedAs: 'skip' })).toBeCloseTo((0.2 + 0.9) / 2, 12);
    expect(mRho(perVideo, { undefinedAs: -1 })).toBeCloseTo(((0.2 - 14) / 15 + (1.8 - 13) / 15) / 2, 12);
  });

  it('leaves out a video without a defined correlation, unless it counts as -1', () => {
    expect(mRho([video(), video(0.5)], { undefinedAs: 'skip' })).toBe(0.5);
    expect(mRho([video()], { undefinedAs: -1 })).toBe(-1);
    expect(mRho([video()], { undefinedAs: 'skip' })).toBeNull();
    expect(mRho([], { undefinedAs: -1 })).toBeNull();
  });

  it('is about 0 for labels of other videos', () => {
    const matrix = (name: string) => seededFloats('shuffled', name, 400 * 15, 0.5, 0.5);
    const perVideo = Array.from({ length: 40 }, (_, index) =>
      videoCorrelations(matrix(`labels ${index}`), matrix(`scores ${index}`)),
    );
    // The standard deviation of this mean is 1 / sqrt(400 · 15 · 40) = 0.002.
    expect(Math.abs(mRho(perVideo, { undefinedAs: -1 })!)).toBeLessThan(0.008);
  });
});

describe('bootstrapInterval', () => {
  const values = [...seededFloats('bootstrap test', 'values', 100, 0.5)];
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;

  it('holds the mean, and is as wide as the normal approximation says', () => {
    const { low, high } = bootstrapInterval(values, { seed: 1, numResamples: 4000 })!;
    const deviation = Math.sqrt(values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length);
    const expected = (2 * 1.96 * deviation) / Math.sqrt(values.length);
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
    expect((high - low) / expected).toBeGreaterThan(0.9);
    expect((high - low) / expected).toBeLessThan(1.1);
  });

  it('is the same for the same seed, another one for another, and wider for a higher level', () => {
    const interval = bootstrapInterval(values, { seed: 1 })!;
    expect(bootstrapInterval(values, { seed: 1 })).toEqual(interval);
    expect(bootstrapInterval(values, { seed: 2 })).not.toEqual(interval);
    const wider = bootstrapInterval(values, { seed: 1, level: 0.99 })!;
    expect(wider.low).toBeLessThan(interval.low);
    expect(wider.high).toBeGreaterThan(interval.high);
  });

  it('needs two videos', () => {
    expect(bootstrapInterval([0.5], { seed: 1 })).toBeNull();
    expect(bootstrapInterval([0.5, 0.5], { seed: 1 })).toEqual({ low: 0.5, high: 0.5 });
  });
});

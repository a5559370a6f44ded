import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_SEGMENT_SAMPLES,
  SAMPLE_RATE_HZ,
  segmentAtUs,
  segmentMiddleUs,
  segmentNumSamples,
  segmentSeconds,
  segmentStartSample,
  segmentStartUs,
} from '../../src/core/time-grid.js';

const segments = fc.integer({ min: 0, max: 6 * 86_400 * 365 });

describe('time grid', () => {
  it('counts 2667, 2667, 2666 samples, so that three segments are half a second', () => {
    expect([0, 1, 2, 3, 4, 5].map(segmentNumSamples)).toEqual([2667, 2667, 2666, 2667, 2667, 2666]);
    expect([0, 1, 2, 3].map(segmentStartSample)).toEqual([0, 2667, 5334, 8000]);
    expect([0, 1, 2, 3].map(segmentStartUs)).toEqual([0, 166_667, 333_334, 500_000]);
    expect(segmentMiddleUs(0)).toBe(83_334);
  });

  it('agrees with exact arithmetic for a year of segments', () => {
    const ceilDiv = (a: bigint, b: bigint): number => Number((a + b - 1n) / b);
    fc.assert(
      fc.property(segments, (k) => {
        expect(segmentStartUs(k)).toBe(ceilDiv(BigInt(k) * 1_000_000n, 6n));
        expect(segmentMiddleUs(k)).toBe(ceilDiv(BigInt(2 * k + 1) * 1_000_000n, 12n));
        expect(segmentStartSample(k)).toBe(ceilDiv(BigInt(k) * 16_000n, 6n));
      }),
    );
  });

  it('puts every microsecond into the segment whose boundaries enclose it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000_000 * 365 }), (ptsUs) => {
        const k = segmentAtUs(ptsUs);
        expect(segmentStartUs(k)).toBeLessThanOrEqual(ptsUs);
        expect(segmentStartUs(k + 1)).toBeGreaterThan(ptsUs);
      }),
    );
    for (let k = 0; k < 1000; k++) {
      expect(segmentAtUs(segmentStartUs(k))).toBe(k);
      if (k > 0) expect(segmentAtUs(segmentStartUs(k) - 1)).toBe(k - 1);
    }
  });

  it('lets the samples of segments follow each other without a seam', () => {
    fc.assert(
      fc.property(segments, (k) => {
        expect(segmentStartSample(k) + segmentNumSamples(k)).toBe(segmentStartSample(k + 1));
        expect(segmentNumSamples(k)).toBeLessThanOrEqual(MAX_SEGMENT_SAMPLES);
        expect(segmentNumSamples(k) + segmentNumSamples(k + 1) + segmentNumSamples(k + 2)).toBe(
          SAMPLE_RATE_HZ / 2,
        );
      }),
    );
    expect(segmentSeconds(9)).toBe(1.5);
  });
});

import { describe, expect, it } from 'vitest';
import { meanCorrelation, mRho, videoCorrelations } from '../../../src/training/metric/index.js';
import { type GoldenArray, goldenFloats, readGolden } from '../../model/weights/golden-array.js';

interface GoldenMetric {
  readonly videos: readonly { readonly labels: GoldenArray; readonly scores: GoldenArray }[];
  readonly perVideo: readonly number[];
  readonly mRho: number;
}

const TOLERANCE = 1e-6;

describe('M_rho', () => {
  const golden = readGolden<GoldenMetric>('metric');
  const perVideo = golden.videos.map(({ labels, scores }) =>
    videoCorrelations(goldenFloats(labels), goldenFloats(scores)),
  );

  it('is that of the authors, per video and over all, with undefined correlations as -1', () => {
    const means = perVideo.map((correlations) => meanCorrelation(correlations, { undefinedAs: -1 })!);
    for (const [video, value] of means.entries()) {
      expect(Math.abs(value - golden.perVideo[video]!)).toBeLessThan(TOLERANCE);
    }
    expect(Math.abs(mRho(perVideo, { undefinedAs: -1 })! - golden.mRho)).toBeLessThan(TOLERANCE);
  });

  it('finds the constant prediction and the constant label, and counts them only as -1', () => {
    const numUndefined = perVideo.flat().filter((value) => value === null).length;
    expect(numUndefined).toBe(2);
    expect(mRho(perVideo, { undefinedAs: 'skip' })!).toBeGreaterThan(golden.mRho + 0.01);
  });
});

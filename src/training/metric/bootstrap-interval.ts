import { quantile } from '../../core/quantile.js';
import { seededUniform } from '../../model/weights/seeded.js';

/** How an interval is estimated. */
export interface BootstrapOptions {
  /** Equal seeds give equal intervals. */
  readonly seed: number;
  /** Share of the resampled means inside the interval, in (0, 1); 0.95 by default. */
  readonly level?: number;
  /** 2000 by default. */
  readonly numResamples?: number;
}

/** Both ends of an interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

const DEFAULTS = { level: 0.95, numResamples: 2000 } as const satisfies Partial<BootstrapOptions>;

/**
 * Percentile bootstrap interval of the mean over videos (Efron and Tibshirani, An Introduction to the Bootstrap, ch. 13):
 * videos are drawn with replacement, as they, and not the steps within one, are independent.
 * @param perVideoValues a value a video
 * @returns null for less than two videos
 */
export function bootstrapInterval(
  perVideoValues: readonly number[],
  options: BootstrapOptions,
): Interval | null {
  const { seed, level, numResamples } = { ...DEFAULTS, ...options };
  const numVideos = perVideoValues.length;
  if (numVideos < 2) return null;
  const uniform = seededUniform('bootstrap', `${seed}`);
  const means = new Float64Array(numResamples);
  for (let resample = 0; resample < numResamples; resample++) {
    let sum = 0;
    for (let draw = 0; draw < numVideos; draw++) {
      sum += perVideoValues[Math.floor(((uniform() + 1) / 2) * numVideos)]!;
    }
    means[resample] = sum / numVideos;
  }
  const tail = (1 - level) / 2;
  return { low: quantile(means, tail), high: quantile(means, 1 - tail) };
}

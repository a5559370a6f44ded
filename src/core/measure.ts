import { quantile } from './quantile.js';

/** Durations of repeated runs in ms. */
export interface Durations {
  readonly median: number;
  /** The slowest run where there were fewer than 100. */
  readonly p99: number;
}

/** Times `run` `numRuns` times one after the other, after `numWarmUps` runs that do not count. */
export async function measureMs(
  run: () => unknown,
  { numRuns, numWarmUps }: { readonly numRuns: number; readonly numWarmUps: number },
): Promise<Durations> {
  for (let i = 0; i < numWarmUps; i++) await run();
  const durationsMs = new Float64Array(numRuns);
  for (let i = 0; i < numRuns; i++) {
    const startMs = performance.now();
    await run();
    durationsMs[i] = performance.now() - startMs;
  }
  return { median: quantile(durationsMs, 0.5), p99: quantile(durationsMs, 0.99) };
}

import type { ConvSpec } from './spec.js';

/** Consecutive steps of one stream within a batch. */
export interface RowRun {
  readonly numRows: number;
}

/** Where the taps of a batch's rows are, for all convolutions of one reach. */
export interface TapPlan {
  /** `[rows, kernelSize]` int64, oldest tap first: below `numPastRows` a past row, from there on a row of the batch. */
  readonly indices: BigInt64Array;
  /** For each run the steps, relative to its first, of its past rows: all negative. Past rows are in this order. */
  readonly pastSteps: readonly (readonly number[])[];
  readonly numPastRows: number;
}

/** Finds each row's taps: among the rows of the same run, or among past inputs that are fetched once each. */
export function planTaps({ kernelSize, dilation }: ConvSpec, runs: readonly RowRun[]): TapPlan {
  const span = (kernelSize - 1) * dilation;
  const numRows = runs.reduce((total, run) => total + run.numRows, 0);
  const indices = new BigInt64Array(numRows * kernelSize);
  // Indices are small and not negative: the low half of each little-endian int64 is the whole of it.
  const low = new Int32Array(indices.buffer);
  const pastSteps: number[][] = [];
  let numPastRows = 0;
  for (const run of runs) numPastRows += numPast(run.numRows, kernelSize, dilation);
  let nextPast = 0;
  let firstRow = numPastRows;
  let write = 0;
  for (const run of runs) {
    const steps: number[] = [];
    const pastRowOf = new Int32Array(span).fill(-1);
    for (let row = 0; row < run.numRows; row++) {
      for (let tap = kernelSize - 1; tap >= 0; tap--, write += 2) {
        const step = row - tap * dilation;
        if (step >= 0) {
          low[write] = firstRow + step;
          continue;
        }
        let past = pastRowOf[span + step]!;
        if (past < 0) {
          past = pastRowOf[span + step] = nextPast++;
          steps.push(step);
        }
        low[write] = past;
      }
    }
    pastSteps.push(steps);
    firstRow += run.numRows;
  }
  return { indices, pastSteps, numPastRows };
}

/** Number of different past steps that a run of `numRows` rows reads. */
function numPast(numRows: number, kernelSize: number, dilation: number): number {
  // Rows beyond the dilation read, one tap further, what an earlier row read already.
  return Math.min(numRows, dilation) * (kernelSize - 1);
}

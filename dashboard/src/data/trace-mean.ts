/** Mean of the values that are there; 0 where there are none. */
export function traceMean(trace: readonly (number | null)[]): number {
  let sum = 0;
  let count = 0;
  for (const value of trace) {
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

/** The trace moved so that its mean is 0. */
export function lessItsMean(trace: readonly (number | null)[]): (number | null)[] {
  const mean = traceMean(trace);
  return trace.map((value) => (value === null ? null : value - mean));
}

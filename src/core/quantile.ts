/**
 * The `q`-quantile of `values` by nearest rank: the smallest value that at least this share does not exceed; NaN for none.
 * @param q in [0, 1]
 */
export function quantile(values: Iterable<number>, q: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}

/**
 * Pearson's correlation of two series of equal length, computed in float64; in [-1, 1].
 * Null where it is not defined: one of the series is constant, is shorter than 2, or holds a value that is not finite.
 */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number | null {
  return pearsonOfColumns(a, b, { offset: 0, stride: 1, length: Math.min(a.length, b.length) });
}

/** Which values of a row-major matrix make up a series. */
export interface ColumnView {
  readonly offset: number;
  readonly stride: number;
  /** Number of values. */
  readonly length: number;
}

/** `pearson` of the same column of two matrices, without copies. */
export function pearsonOfColumns(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  column: ColumnView,
): number | null {
  const { offset, stride, length } = column;
  const [meanA, meanB] = [varyingMean(a, column), varyingMean(b, column)];
  if (meanA === null || meanB === null) return null;
  let [productSum, squaresA, squaresB] = [0, 0, 0];
  for (let step = 0; step < length; step++) {
    const distanceA = a[offset + step * stride]! - meanA;
    const distanceB = b[offset + step * stride]! - meanB;
    productSum += distanceA * distanceB;
    squaresA += distanceA * distanceA;
    squaresB += distanceB * distanceB;
  }
  const value = productSum / (Math.sqrt(squaresA) * Math.sqrt(squaresB));
  return Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : null;
}

/**
 * The mean of a series, null where all its values are the same. Those are compared and not subtracted from their mean: the
 * rounding of a mean would make a tiny variance, and of it a correlation, out of a constant.
 */
function varyingMean(values: ArrayLike<number>, { offset, stride, length }: ColumnView): number | null {
  const first = values[offset];
  let isConstant = true;
  let sum = 0;
  for (let step = 0; step < length; step++) {
    const value = values[offset + step * stride]!;
    sum += value;
    if (value !== first) isConstant = false;
  }
  return isConstant || !Number.isFinite(sum) ? null : sum / length;
}

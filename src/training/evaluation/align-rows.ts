import { annotatedSegment } from '../dataset/index.js';

/** The rows that two tables have for one segment; undefined where one of them has none. */
export interface AlignedRows {
  readonly segment: number;
  readonly first: number | undefined;
  readonly second: number | undefined;
}

/**
 * Pairs the rows of two tables by segment, in order of time; every row of both is in exactly one pair.
 * @param firstUs `[T]`, microseconds, ascending, at most one in each segment
 * @param secondUs as `firstUs`
 */
export function* alignRows(firstUs: Float64Array, secondUs: Float64Array): Generator<AlignedRows> {
  let [first, second] = [0, 0];
  while (first < firstUs.length || second < secondUs.length) {
    const firstSegment = first < firstUs.length ? annotatedSegment(firstUs[first]!) : Infinity;
    const secondSegment = second < secondUs.length ? annotatedSegment(secondUs[second]!) : Infinity;
    const segment = Math.min(firstSegment, secondSegment);
    yield {
      segment,
      first: firstSegment === segment ? first++ : undefined,
      second: secondSegment === segment ? second++ : undefined,
    };
  }
}

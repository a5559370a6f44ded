/** The largest difference between scores and what they are held against. */
export class Difference {
  #numRows = 0;
  #maxAbs = 0;
  #largest = 0;
  #isExact = true;

  /** Compares one segment's scores. Where the tower did not step for both, nothing is counted. */
  add(got: readonly number[] | null, reference: readonly number[] | null): void {
    if (got === null && reference === null) return;
    this.#numRows += 1;
    const numValues = Math.max(got?.length ?? 0, reference?.length ?? 0);
    for (let i = 0; i < numValues; i++) {
      const [value, expected] = [got?.[i], reference?.[i]];
      if (!Object.is(value, expected)) this.#isExact = false;
      // A value that is missing or no number makes the largest difference NaN, and that stays.
      this.#maxAbs = Math.max(this.#maxAbs, Math.abs((value ?? NaN) - (expected ?? NaN)));
      this.#largest = Math.max(this.#largest, Math.abs(expected ?? NaN));
    }
  }

  /** Segments that were compared. */
  get numRows(): number {
    return this.#numRows;
  }

  get maxAbs(): number {
    return this.#maxAbs;
  }

  /** As a share of the largest score that was compared with. */
  get relative(): number {
    return this.#maxAbs === 0 ? 0 : this.#maxAbs / this.#largest;
  }

  /** True where every value is the same, bit by bit. */
  get isExact(): boolean {
    return this.#isExact;
  }
}

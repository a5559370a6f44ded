/** One figure of `evoked bench`. */
export interface BenchRow {
  /** What was measured, at what size. */
  readonly name: string;
  /** Unit of `median` and `p99`, for example `ms`. */
  readonly unit: string;
  readonly median: number;
  /** The slowest of the runs where there were fewer than 100; absent for a figure that was measured once. */
  readonly p99?: number;
  /** What the machine could do at best, and how that was reckoned. */
  readonly floor?: string;
  readonly note?: string;
}

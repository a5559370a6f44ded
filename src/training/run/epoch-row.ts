import { z } from 'zod';

const correlation = z.number().min(-1).max(1).nullable();

/** What the validation videos say of one epoch's weights. */
export const validationRowSchema = z.strictObject({
  /** Mean over videos of the squared error, averaged over time and labels, on labels x label scale: as the training loss. */
  loss: z.number(),
  /** In [-1, 1]; correlations that are not defined count -1, as the method's authors do. */
  mRho: correlation,
  /** In [-1, 1], over the defined correlations only; null where none is. */
  mRhoDefined: correlation,
  /** Correlations that are not defined, of all videos together. */
  numUndefined: z.number().int().nonnegative(),
  /** Of each expression, in the order of `LABELS`, the mean over the videos where it is defined. */
  correlations: z.array(correlation),
});

/** One complete epoch: a line of log.jsonl. */
export const epochRowSchema = z.strictObject({
  /** Counted from 1. */
  epoch: z.number().int().positive(),
  /** Mean over videos of the loss that was trained on, dropout included. */
  trainLoss: z.number(),
  /** Which weights were validated and may be kept: those of the epoch's end, or their mean since `swaFrom`. */
  weights: z.enum(['current', 'average']),
  validation: validationRowSchema.nullable(),
  learningRate: z.number(),
  /** Wall clock, training and validation together. */
  seconds: z.number().nonnegative(),
});

/** What the validation videos say of one epoch's weights. */
export type ValidationRow = z.output<typeof validationRowSchema>;
/** One complete epoch: a line of log.jsonl. */
export type EpochRow = z.output<typeof epochRowSchema>;

/**
 * The epoch with the highest M_rho as the authors count it, the earlier one of equals; null where none was validated.
 */
export function bestEpoch(rows: readonly EpochRow[]): EpochRow | null {
  let best: EpochRow | null = null;
  for (const row of rows) {
    const value = row.validation?.mRho ?? null;
    if (value !== null && value > (best?.validation?.mRho ?? -Infinity)) best = row;
  }
  return best;
}

import type { ScoreFlag } from '../core/score.js';

/** Share of each modality in a score; the paper's eq. 5 has 0.8 and 0.2. */
export interface EnsembleShares {
  readonly visual: number;
  readonly audio: number;
}

/** One score vector out of up to two. */
export interface EnsembleResult {
  readonly scores: readonly number[];
  /** Which modality counted alone, if one did. */
  readonly flags: readonly ScoreFlag[];
}

/**
 * `visual share · visual + audio share · audio`; where one modality is missing the other one counts alone.
 * Null only where both are missing.
 */
export function combineScores(
  visual: readonly number[] | null,
  audio: readonly number[] | null,
  shares: EnsembleShares,
): EnsembleResult | null {
  if (visual !== null && audio !== null) {
    const scores = visual.map((value, label) => shares.visual * value + shares.audio * audio[label]!);
    return { scores, flags: [] };
  }
  if (visual !== null) return { scores: visual, flags: ['visual-only'] };
  if (audio !== null) return { scores: audio, flags: ['audio-only'] };
  return null;
}

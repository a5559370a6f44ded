import type { EpochStart, Gap, SegmentFlag } from './media.js';

/** Marks on a score. */
export type ScoreFlag =
  | SegmentFlag
  /** The visual modality was missing: the audio tower counts alone. */
  | 'audio-only'
  /** The audio modality was missing: the visual tower counts alone. */
  | 'visual-only'
  /** The timestamp feature is beyond what training saw and was clamped or wrapped. */
  | 'position-limited';

/** One prediction: 15 values for one segment, in the order of `LABELS`. */
export interface Score {
  readonly type: 'score';
  readonly epoch: number;
  readonly seq: number;
  /** First microsecond of the segment, in the epoch's media time. */
  readonly ptsUs: number;
  /** `emittedAtMs - latencyMs`: wall clock (Unix ms) of the arrival of the last media that the segment waited for. */
  readonly capturedAtMs: number;
  /** Wall clock (Unix ms) at which the score left the model. */
  readonly emittedAtMs: number;
  /** From the arrival of that media to the score's leaving the model, by a clock that nobody sets. */
  readonly latencyMs: number;
  /** Ensemble, trained towards [0, 1] but not limited to it. */
  readonly scores: readonly number[];
  /** The visual tower alone, null where that modality was missing. */
  readonly visual: readonly number[] | null;
  /** The audio tower alone, null where that modality was missing. */
  readonly audio: readonly number[] | null;
  /** True once the receptive field is filled with real steps. */
  readonly warm: boolean;
  readonly flags: readonly ScoreFlag[];
}

/** What scoring a source gives, in order. */
export type ScoreEvent = EpochStart | Gap | Score;

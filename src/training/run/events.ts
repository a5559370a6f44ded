import type { EpochRow } from './epoch-row.js';
import type { RunRecord } from './run-record.js';

/** Which of a run's two sets of videos. */
export type Split = 'training' | 'validation';

/** What a run is at: reading labels (bytes), looking through the training videos once, or an epoch's videos. */
export type TrainingStage = 'labels' | 'checking' | 'training' | 'validating';

/** What a training run tells while it goes on. */
export type TrainingEvent =
  | { readonly type: 'backend'; readonly name: string; readonly otherBefore: string | null }
  | {
      readonly type: 'data';
      readonly split: Split;
      /** With annotations and features. */
      readonly numVideos: number;
      readonly numWithoutFeatures: number;
      readonly numWithoutLabels: number;
    }
  | { readonly type: 'skip'; readonly split: Split; readonly id: string; readonly reason: string }
  /** The run goes on after this epoch; 0 for a run that begins. */
  | { readonly type: 'begin'; readonly afterEpoch: number; readonly record: RunRecord }
  | {
      readonly type: 'progress';
      readonly stage: TrainingStage;
      /** Null before the first epoch. */
      readonly epoch: number | null;
      readonly done: number;
      readonly total: number;
    }
  | { readonly type: 'epoch'; readonly row: EpochRow }
  | { readonly type: 'done'; readonly result: TrainingResult };

/** A finished run. */
export interface TrainingResult {
  readonly record: RunRecord;
  readonly rows: readonly EpochRow[];
  /** Epoch whose weights (or mean of weights) the tower file has. */
  readonly keptEpoch: number;
  readonly tower: string;
  readonly report: string;
}

import type { ErrorCode } from '../../../core/errors.js';
import type { Segment } from '../../../core/media.js';

/** First process → second process; each is answered before the next. */
export type SecondRequest =
  | { readonly type: 'open'; readonly packFolder: string; readonly state: Uint8Array }
  | { readonly type: 'segment'; readonly segment: Segment };

/** What the towers said about a segment; null where the modality was missing. */
export interface TowerScores {
  readonly visual: readonly number[] | null;
  readonly audio: readonly number[] | null;
}

/** Second process → first process. */
export type SecondReply =
  | { readonly type: 'opened' }
  | { readonly type: 'scores'; readonly scores: TowerScores }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

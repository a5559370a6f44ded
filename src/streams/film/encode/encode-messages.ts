import type { ErrorCode } from '../../../core/errors.js';

/** A film to be encoded. */
export interface FilmJob {
  readonly seed: string;
  /** Length in seconds. */
  readonly seconds: number;
  /** Frames per second; a multiple of 12 has one in the very middle of each segment. */
  readonly fps: number;
}

/** Parent → encode child. */
export interface EncodeRequest {
  readonly job: FilmJob;
  /** Where the MP4 goes; what is there is replaced. */
  readonly path: string;
}

/** Encode child → parent. */
export type EncodeReply =
  | { readonly type: 'progress'; readonly seconds: number }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };

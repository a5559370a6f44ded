import type { PackInfo } from '../../core/protocol.js';
import type { Score } from '../../core/score.js';

/** Formats of `evoked score`. */
export const SCORE_FORMATS = ['csv', 'jsonl', 'parquet'] as const;

/** One of `csv`, `jsonl`, `parquet`. */
export type ScoreFormat = (typeof SCORE_FORMATS)[number];

/** What a whole file of scores has in common. */
export interface ScoreFileHeader {
  readonly videoId: string;
  /** The pack behind the scores: an untrained one must not be taken for a trained one later. */
  readonly pack: PackInfo;
}

/** Turns scores into bytes of a file format, in order. */
export interface ScoreEncoder {
  begin(): Uint8Array | string;
  add(score: Score): Uint8Array | string;
  end(): Uint8Array | string;
}

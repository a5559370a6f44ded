import type { PositionChoice } from '../core/config.js';
import type { Modality, Segment } from '../core/media.js';
import type { PackInfo } from '../core/protocol.js';
import type { Score } from '../core/score.js';

/** Time spent on one segment in ms, by stage; null where the modality was missing. */
export interface StageTimings {
  /** From the call of `score` to the start of work, the longer of the two modalities. */
  readonly queueMs: number;
  readonly embedVisualMs: number | null;
  readonly embedAudioMs: number | null;
  readonly stepVisualMs: number | null;
  readonly stepAudioMs: number | null;
}

/** A score and what it cost. */
export interface ScoreResult {
  readonly score: Score;
  readonly timings: StageTimings;
}

/** The model for one stream: owns the stream's tap buffers (in the workers). */
export interface Scorer {
  /**
   * Embeds the segment and steps the towers. Segments must come in order; a segment of another epoch than the one
   * before resets the state first. A missing modality's tower does not step. Promises resolve in order.
   *
   * Where a worker was lost, pending calls and every further segment of that epoch reject with ERR_MODEL_WORKER, since the
   * stream's past is gone: the caller has to start a new epoch. At most `MAX_PENDING` calls may be pending.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_INPUT
   */
  score(segment: Segment): Promise<ScoreResult>;
  /** Frees the state; pending calls reject. May be called twice. */
  close(): void;
}

/** One loaded pack and the worker threads that run it for every stream. */
export interface ScoringEngine {
  readonly pack: PackInfo;
  /** What the pack can score; a segment that holds none of it is no input (ERR_MODEL_INPUT). */
  readonly modalities: readonly Modality[];
  open(options: { readonly position: PositionChoice }): Scorer;
  /** Segments that wait in each worker's queue. */
  queueDepths(): { readonly visual: number; readonly audio: number };
  /** Drains nothing: pending calls reject, threads end. May be called twice. */
  close(): Promise<void>;
}

/** How many threads of each kind an engine starts. */
export interface EngineOptions {
  readonly visualWorkers: number;
  readonly audioWorkers: number;
}

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
  /**
   * What the towers remember behind the segments given so far, as bytes for `ScoringEngine.open`: in order with `score`.
   * About 510 kB at the paper's size.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_INPUT where too many calls are pending
   */
  saveState(): Promise<Uint8Array>;
  /** Frees the state; pending calls reject. May be called twice. */
  close(): void;
}

/** How one stream is scored. */
export interface ScorerOptions {
  /** What the timestamp feature does beyond what training saw. */
  readonly position: PositionChoice;
  /**
   * Segments that a modality may miss in a row within an epoch: where it comes back after more of them, its tower starts anew, as
   * with an epoch. By default its tower goes on from what it remembers, however long that is ago: so a script does that scores
   * the rows that a file has.
   */
  readonly maxAbsenceSegments?: number;
  /**
   * What `Scorer.saveState` gave, in this process or another one: scoring goes on in that epoch, behind that segment, as if
   * it had never stopped. Segments at or before it are refused (ERR_MODEL_INPUT); a later epoch starts anew as always.
   */
  readonly state?: Uint8Array;
}

/** One loaded pack and the worker threads that run it for every stream. */
export interface ScoringEngine {
  readonly pack: PackInfo;
  /** What the pack can score; a segment that holds none of it is no input (ERR_MODEL_INPUT). */
  readonly modalities: readonly Modality[];
  /**
   * @throws {EvokedError} ERR_MODEL_STATE where `state` is damaged, or of another version or pack
   */
  open(options: ScorerOptions): Scorer;
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

import type { ErrorCode } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { ModelPack } from '../pack/load-pack.js';

/** What a lane's worker thread starts with. */
export interface LaneData {
  readonly pack: ModelPack;
  readonly modality: Modality;
  /** Of a `ComputeGate`. */
  readonly gate: SharedArrayBuffer;
}

/** One segment of one stream, for one modality. */
export interface LaneSegment {
  readonly type: 'segment';
  /** Number of the request, unique within the lane. */
  readonly id: number;
  readonly stream: number;
  /** Another epoch than the stream's last one resets the state first. */
  readonly epoch: number;
  /** The timestamp feature. */
  readonly positionSeconds: number;
  /** RGB `[224, 224, 3]` uint8, or mono PCM. */
  readonly input: Uint8Array | Float32Array;
  /** Wall clock (Unix ms) of the request. */
  readonly requestedAtMs: number;
}

/** Frees a stream's state. */
export interface LaneForget {
  readonly type: 'forget';
  readonly stream: number;
}

/** Ends the thread once the batch under way is done; what waits is dropped. */
export interface LaneClose {
  readonly type: 'close';
}

/** Main thread → worker. */
export type LaneRequest = LaneSegment | LaneForget | LaneClose;

/** What the tower of one modality said about one segment, and the time it took. */
export interface LaneScore {
  readonly id: number;
  /** `[numLabels]`, divided by the tower's scale. */
  readonly scores: readonly number[];
  readonly isWarm: boolean;
  readonly queueMs: number;
  /** From the start of the batch to its embeddings. */
  readonly embedMs: number;
  readonly stepMs: number;
}

/** A coded error on its way between threads. */
export interface LaneError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Worker → main thread. */
export type LaneReply =
  | { readonly type: 'ready' }
  /** Loading failed; the thread ends. */
  | { readonly type: 'failed'; readonly error: LaneError }
  /** These requests no longer wait. */
  | { readonly type: 'started'; readonly ids: readonly number[] }
  | { readonly type: 'scores'; readonly scores: readonly LaneScore[] }
  /** This request failed; the stream's state is as if it had not been made. */
  | { readonly type: 'rejected'; readonly id: number; readonly error: LaneError };

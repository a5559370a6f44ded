import type { ErrorCode } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { ModelPack } from '../pack/load-pack.js';
import type { SavedTower } from '../tower/state-bytes.js';

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
  /** See `TowerRuns`: another run than the stream's last one resets the state first. */
  readonly run: number;
  /** The timestamp feature. */
  readonly positionSeconds: number;
  /** RGB `[224, 224, 3]` uint8, or mono PCM. */
  readonly input: Uint8Array | Float32Array;
  /** When it was requested, in ms of the steady clock. */
  readonly requestedAtMs: number;
}

/** Asks for a stream's state behind the segments that were sent so far. */
export interface LaneSave {
  readonly type: 'save';
  readonly id: number;
  readonly stream: number;
  /** Where the state is of another run, or there is none, that of a stream before its first step is sent. */
  readonly run: number;
}

/** Gives a stream the state that it goes on from. */
export interface LaneRestore {
  readonly type: 'restore';
  readonly id: number;
  readonly stream: number;
  readonly run: number;
  readonly tower: SavedTower;
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
export type LaneRequest = LaneSegment | LaneStateRequest | LaneForget | LaneClose;

/** What concerns a stream's state as a whole, and so keeps its place among the stream's segments. */
export type LaneStateRequest = LaneSave | LaneRestore;

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
  /** Of a `LaneSave`. */
  | { readonly type: 'saved'; readonly id: number; readonly tower: SavedTower }
  /** Of a `LaneRestore`. */
  | { readonly type: 'restored'; readonly id: number }
  /** This request failed; the stream's state is as if it had not been made. */
  | { readonly type: 'rejected'; readonly id: number; readonly error: LaneError };

/** Wire protocol, version 1: what travels over `/v1/streams/{id}/scores` and `/v1/streams/{id}/ingest`. Types only, so that a browser pays nothing. */
import type { EpochStart, Gap, GapReason, Modality } from './media.js';
import type { Score } from './score.js';

/** Lifecycle of a stream as subscribers see it. */
export type StreamState = 'connecting' | 'live' | 'degraded' | 'reconnecting' | 'ended' | 'failed';

/** What a client needs to know about the pack behind its scores. */
export interface PackInfo {
  readonly name: string;
  readonly version: string;
  /** One honest sentence on what the weights were trained on. */
  readonly trainedOn: string;
  /** False while the weights come from a seed: the scores then mean nothing. */
  readonly trained: boolean;
}

/** First message on every connection. */
export interface HelloMessage {
  readonly type: 'hello';
  readonly protocol: 1;
  readonly stream: string;
  /** Changes when the stream was made anew (server restarted, stream deleted and added): epochs then count from 0 again. */
  readonly session: string;
  /** The current epoch, -1 before the first. */
  readonly epoch: number;
  /** The next seq to be emitted in `epoch`. */
  readonly nextSeq: number;
  /** The oldest `[epoch, seq]` that `?since=` can still resume from, null when nothing was emitted yet. */
  readonly oldestSeq: readonly [epoch: number, seq: number] | null;
  readonly labels: readonly string[];
  readonly rateHz: number;
  readonly pack: PackInfo;
  readonly state: StreamState;
}

/** One score, and what the source says that it should be. */
export interface ScoreMessage extends Score {
  /**
   * What the built-in film (`film:SEED`) is designed to evoke at the end of this segment: 15 values in [0, 1] in the order of
   * `LABELS`. Null for every other source, and where the film has no annotation.
   */
  readonly designed: readonly number[] | null;
}

/** What a session publishes, in order. */
export type SessionEvent = EpochStart | Gap | ScoreMessage;

/** Messages `fromSeq` to `toSeq` (inclusive) of the epoch were emitted, but are no longer held for `?since=`. */
export interface HistoryGap extends Omit<Gap, 'reason'> {
  readonly reason: 'history';
}

/** The stream's state changed. */
export interface StatusMessage {
  readonly type: 'status';
  readonly state: StreamState;
  /** The coded error behind the state (docs/errors.md), null where there is none. */
  readonly code: string | null;
  /** One line for a person: what happened, without credentials. Empty when there is nothing to add. */
  readonly detail: string;
}

/** The stream is over; nothing follows. */
export interface EndMessage {
  readonly type: 'end';
  /**
   * `ended`: the source is over; `removed`: the stream was deleted; `abandoned`: it was removed, because nobody had pushed anything
   * for too long; `shutdown`: the server stops, and may come back.
   */
  readonly reason: string;
}

/** Something the client did, or needs to know, failed; the connection closes. */
export interface ErrorMessage {
  readonly type: 'error';
  readonly code: string;
  readonly message: string;
}

/** Everything the server sends on a score subscription. */
export type ServerMessage =
  HelloMessage | ScoreMessage | Gap | HistoryGap | EpochStart | StatusMessage | EndMessage | ErrorMessage;

/** One stream as `GET /v1/streams` shows it. */
export interface StreamInfo {
  readonly id: string;
  /** The source URL with credentials taken out; null for a pushed stream. */
  readonly url: string | null;
  readonly state: StreamState;
  /** As in the last status message. */
  readonly code: string | null;
  readonly detail: string;
  readonly pack: PackInfo;
  readonly createdAtMs: number;
  readonly epoch: number;
  readonly nextSeq: number;
  readonly hasVideo: boolean | null;
  readonly hasAudio: boolean | null;
  readonly subscribers: number;
  readonly numScores: number;
  /** Segments lost, by reason. */
  readonly numDropped: Readonly<Record<GapReason, number>>;
  /**
   * Share of the last minute's packets that gave a whole picture or block of sound, 0 to 1; null where none came, and where the
   * source has no packets (`film:SEED`).
   */
  readonly decodedShare: Readonly<Record<Modality, number | null>>;
  /** Median latency of the last scores in ms, null before the first. */
  readonly latencyMs: number | null;
}

/** What `POST /v1/streams` answers. */
export interface CreatedStream extends StreamInfo {
  /** With `push: true`: where to push, and the key that senders name which cannot carry a token (RTMP). Told here only. */
  readonly ingest?: { readonly path: string; readonly key: string };
}

/** Containers that can be pushed over `/v1/streams/{id}/ingest`. */
export type IngestContainer = 'webm' | 'mpegts' | 'mp4';

/** Pictures that are pushed one a message: JPEG of any size, or packed RGB of a fixed one. */
export type RawVideoForm =
  { readonly format: 'jpeg' } | { readonly format: 'rgb24'; readonly width: number; readonly height: number };

/** Samples that are pushed in blocks: interleaved little-endian 16-bit integers. */
export interface RawAudioForm {
  readonly format: 'pcm_s16le';
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** What a sender says on `/v1/streams/{id}/ingest`, as JSON text; its media are binary messages. */
export type IngestRequest =
  /** First on every connection. With `resume` (from `ready`) the same container goes on behind the byte that `ready` names. */
  | { readonly type: 'start'; readonly container: IngestContainer; readonly resume?: string }
  /** Or: each binary message is kind (uint8: 1 video, 2 audio), ptsUs (int64, little-endian), payload. At least one of the two. */
  | {
      readonly type: 'start';
      readonly video?: RawVideoForm;
      readonly audio?: RawAudioForm;
      readonly resume?: string;
    }
  /** The media is over, and the stream with it. A further `start` begins again, in a new epoch. */
  | { readonly type: 'stop' };

/** What the server says on `/v1/streams/{id}/ingest`, as JSON text. */
export type IngestReply =
  /** `start` was taken: send on from byte `bytes`. A connection that is lost may be taken up again within `resumeMs`. */
  | { readonly type: 'ready'; readonly resume: string; readonly bytes: number; readonly resumeMs: number }
  /** Bytes that were taken since `start`, resumed connections included, and the newest media time that was decoded. */
  | { readonly type: 'ack'; readonly bytes: number; readonly ptsUs: number | null }
  /** The connection closes. */
  | ErrorMessage;

/** Body of an HTTP error. */
export interface HttpError {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
}

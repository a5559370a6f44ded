import type { IngestContainer, RawAudioForm, RawVideoForm } from '../../core/protocol.js';

/** How pushed bytes are to be read: a container as encoders make it, or pictures and samples with their times. */
export type PushForm =
  | { readonly type: 'container'; readonly container: IngestContainer | 'flv' }
  | { readonly type: 'raw'; readonly video: RawVideoForm | null; readonly audio: RawAudioForm | null };

/**
 * One sender's hold on a pushed stream, from its start until it ends or gives up. Bytes of a container form one file, whatever
 * pieces they come in; raw media comes one message a piece. Once the hold is over, or another connection has taken it up,
 * nothing that is called here does anything.
 */
export interface PushSender {
  /** Names this hold: who loses its connection takes it up again with it. Unguessable. */
  readonly resumeToken: string;
  /** Bytes that were taken so far: where a sender that lost its connection goes on. */
  readonly numBytes: number;
  /** Newest media time that was decoded, in µs of the stream's timeline; null before the first. */
  readonly ptsUs: number | null;
  /**
   * Takes the next bytes. Returns false where the decode child is behind: the caller stops reading from its peer until
   * `drain` is called. Nothing is dropped.
   * @throws {EvokedError} ERR_INGEST_MESSAGE where a message of raw media is malformed; nothing of it was taken
   */
  write(bytes: Uint8Array): boolean;
  /** The sender is done: what was taken is decoded and scored, then the stream ends unless another sender begins. */
  end(): void;
  /** The connection was lost: the hold is kept for as long as a source may be silent, then the sender counts as gone. */
  lose(): void;
  /** The connection was closed, and nothing is taken up again over another one: the sender counts as gone at once. */
  leave(): void;
}

/** What the owner of a `PushSender` is told. */
export interface PushSenderEvents {
  /** There is room again after `write` returned false. */
  drain(): void;
  /** Media was decoded: `ptsUs` has moved on. Some dozen times a second. */
  progress(): void;
  /**
   * The hold is over. Null: all that was taken is decoded, after `end` or because the container has ended. Else the child
   * failed, the sender was silent for too long, the stream was removed, or another connection took the hold up.
   */
  over(error: Error | null): void;
}

/** Where media is pushed into one stream: at most one sender at a time. */
export interface PushInlet {
  /**
   * A sender starts. Never calls an event before it has returned.
   * @throws {EvokedError} ERR_INGEST_BUSY while another one holds the stream, or has left something that nobody has begun to
   *   decode; one that lost its connection gives way. The code of a crash after too many of them
   */
  begin(form: PushForm, events: PushSenderEvents): PushSender;
  /**
   * A sender takes its hold up again over a new connection; the form is that of the beginning.
   * @throws {EvokedError} ERR_INGEST_RESUME where the hold is over, or never was
   */
  resume(resumeToken: string, events: PushSenderEvents): PushSender;
}

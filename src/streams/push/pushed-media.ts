import type { IngestContainer, RawAudioForm, RawVideoForm } from '../../core/protocol.js';

/** How pushed bytes are to be read: a container as encoders make it, or pictures and samples with their times. */
export type PushForm =
  | { readonly type: 'container'; readonly container: IngestContainer | 'flv' }
  | { readonly type: 'raw'; readonly video: RawVideoForm | null; readonly audio: RawAudioForm | null };

/**
 * One sender's hold on a pushed stream, from its start until it ends or gives up. Bytes of a container form one file, whatever
 * pieces they come in; raw media comes one message a piece.
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
   * `onDrain` is called. Nothing is dropped.
   */
  write(bytes: Uint8Array): boolean;
  /** The sender is done: what was taken is decoded and scored, then the stream ends. May be called twice. */
  end(): void;
  /** The connection was lost: the hold is kept for as long as a source may be silent, then the sender counts as gone. */
  lose(): void;
}

/** What the owner of a `PushSender` is told. */
export interface PushSenderEvents {
  /** There is room again after `write` returned false. */
  drain(): void;
  /** `ptsUs` or the bytes that were decoded moved on; at most some times a second. */
  progress(): void;
  /** The hold is over, and not by `end`: the child failed, the stream was removed, or another connection took the hold up. */
  over(error: Error | null): void;
}

/** Where media is pushed into one stream: at most one sender at a time. */
export interface PushInlet {
  /**
   * A sender starts.
   * @throws {EvokedError} ERR_INGEST_BUSY while another one holds the stream; one that lost its connection gives way
   */
  begin(form: PushForm, events: PushSenderEvents): PushSender;
  /**
   * A sender takes its hold up again over a new connection; the form is that of the beginning.
   * @throws {EvokedError} ERR_INGEST_RESUME where the hold is over, or never was
   */
  resume(resumeToken: string, events: PushSenderEvents): PushSender;
}

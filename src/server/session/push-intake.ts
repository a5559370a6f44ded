import { sameSecret } from '../../core/constant-time.js';
import { EvokedError } from '../../core/errors.js';
import { PushPoint, type PushPointOptions } from '../../streams/push/push-point.js';
import type { PushInlet } from '../../streams/push/pushed-media.js';
import type { SourceSpec } from '../../streams/source/parse-source.js';
import { SHUTDOWN_REASON } from '../delivery/close-code.js';
import { AbsenceWatch } from './absence-watch.js';

/** What an intake is made with. */
export interface PushIntakeOptions extends PushPointOptions {
  /** For how long senders may be away before the stream counts as abandoned; null for as long as they like. */
  readonly abandonMs: number | null;
  readonly abandoned: () => void;
}

/** The side of a session that senders push to; open while the session's source is one that is pushed. */
export class PushIntake {
  readonly #options: PushIntakeOptions;
  #point: PushPoint | null = null;
  readonly #connections = new Set<(error: EvokedError) => void>();
  #key = '';
  #absence: AbsenceWatch | null = null;
  /** When a connection left without having begun anything, or somebody asked for the stream. */
  #lastSignMs = -Infinity;

  constructor(options: PushIntakeOptions) {
    this.#options = options;
  }

  /** Where senders of the source come; null where it has none. */
  follow({ kind, target }: SourceSpec): PushPoint | null {
    if (kind === 'push') {
      this.#key = target;
      this.#absence ??= this.#watchAbsence();
      return (this.#point ??= new PushPoint(this.#options));
    }
    this.#key = '';
    this.#stopWatching();
    this.#point?.close(new EvokedError('ERR_INGEST_RESUME', { what: 'the stream has another source now' }));
    return (this.#point = null);
  }

  /** Whether a sender waits to be played. */
  get hasWaiting(): boolean {
    return this.#point?.hasWaiting === true;
  }

  /** @throws {EvokedError} ERR_REQUEST_INVALID where the source is opened by the server */
  get inlet(): PushInlet {
    if (this.#point !== null) return this.#point;
    const what = 'nothing can be pushed into this stream';
    throw new EvokedError('ERR_REQUEST_INVALID', {
      what,
      expected: 'a stream that was made with push: true',
    });
  }

  /** Whether senders that name this key are to come here. */
  hasKey(key: string): boolean {
    return this.#key !== '' && sameSecret(this.#key, key);
  }

  /**
   * A sender has connected, whatever it is going to do.
   * @param onClosed is told when the stream is over
   * @returns a function to call when the connection is gone
   */
  attend(onClosed: (error: EvokedError) => void): () => void {
    this.#connections.add(onClosed);
    return () => {
      this.#connections.delete(onClosed);
      this.#noteSign();
    };
  }

  /** Somebody asks for the stream: lets senders in again, whatever has crashed. */
  readmit(): void {
    this.#noteSign();
    this.#point?.readmit();
  }

  close(reason: string): void {
    const error =
      reason === SHUTDOWN_REASON
        ? new EvokedError('ERR_SERVER_CLOSING', { what: 'the server is shutting down' })
        : new EvokedError('ERR_STREAM_NOT_FOUND', { what: 'the stream was removed' });
    this.#stopWatching();
    this.#point?.close(error);
    for (const tell of [...this.#connections]) tell(error);
  }

  #watchAbsence(): AbsenceWatch | null {
    const { abandonMs, scheduler, abandoned } = this.#options;
    return abandonMs === null
      ? null
      : new AbsenceWatch(() => this.#absentMs, abandonMs, scheduler, abandoned);
  }

  #stopWatching(): void {
    this.#absence?.stop();
    this.#absence = null;
  }

  #noteSign(): void {
    this.#lastSignMs = this.#options.scheduler.now();
  }

  /** For how long there has been no sender; 0 while one is connected, or what it sent is still decoded. */
  get #absentMs(): number {
    const idleSinceMs = this.#connections.size > 0 ? null : (this.#point?.idleSinceMs ?? null);
    return idleSinceMs === null ? 0 : this.#options.scheduler.now() - Math.max(idleSinceMs, this.#lastSignMs);
  }
}

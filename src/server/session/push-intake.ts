import { sameSecret } from '../../core/constant-time.js';
import { EvokedError } from '../../core/errors.js';
import { PushPoint, type PushPointOptions } from '../../streams/push/push-point.js';
import type { PushInlet } from '../../streams/push/pushed-media.js';
import type { SourceSpec } from '../../streams/source/parse-source.js';
import { SHUTDOWN_REASON } from '../delivery/close-code.js';

/** The side of a session that senders push to; open while the session's source is one that is pushed. */
export class PushIntake {
  readonly #options: PushPointOptions;
  #point: PushPoint | null = null;
  readonly #connections = new Set<(error: EvokedError) => void>();
  #key = '';

  constructor(options: PushPointOptions) {
    this.#options = options;
  }

  /** Where senders of the source come; null where it has none. */
  follow({ kind, target }: SourceSpec): PushPoint | null {
    if (kind === 'push') {
      this.#key = target;
      return (this.#point ??= new PushPoint(this.#options));
    }
    this.#key = '';
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
    return () => this.#connections.delete(onClosed);
  }

  /** Lets senders in again, whatever has crashed. */
  readmit(): void {
    this.#point?.readmit();
  }

  close(reason: string): void {
    const error =
      reason === SHUTDOWN_REASON
        ? new EvokedError('ERR_SERVER_CLOSING', { what: 'the server is shutting down' })
        : new EvokedError('ERR_STREAM_NOT_FOUND', { what: 'the stream was removed' });
    this.#point?.close(error);
    for (const tell of [...this.#connections]) tell(error);
  }
}

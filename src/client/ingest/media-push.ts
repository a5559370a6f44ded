import type { IngestContainer, IngestReply } from '../../core/protocol.js';
import { Listeners } from '../listeners.js';
import { PushError, type PushEventMap, type RestartReason } from './events.js';
import { IngestLine } from './ingest-line.js';
import { completed, type PushOptions } from './options.js';
import { UnackedMedia } from './unacked-media.js';

const EXPIRED = 'ERR_INGEST_RESUME';
const BUSY = 'ERR_INGEST_BUSY';
const CLOSING = 'ERR_SERVER_CLOSING';
/** Errors that a file ends with, but not the stream: another one can begin. */
const LOST_FILE = /^ERR_(DECODE_|SOURCE_TIMEOUT)/;
/** Who has stopped does not wait for a lost server any longer than this. */
const STOP_WITHIN_MS = 10_000;

interface PushedFile {
  readonly container: IngestContainer;
  readonly media: UnackedMedia;
  /** Names the server's hold on it; null before the first `ready`. */
  resume: string | null;
}

/**
 * Pushes one file after another into one stream, over as many connections as it takes. What the server has not acknowledged
 * is kept, and sent again over the next connection. Ends by `stop`, by `close`, or when it cannot go on.
 */
export class MediaPush {
  readonly #options: ReturnType<typeof completed>;
  readonly #listeners = new Listeners<PushEventMap>();
  readonly #line: IngestLine;
  #file: PushedFile | null = null;
  /** Starts that were sent over this connection and not answered yet. */
  #numStarting = 0;
  /** The server takes the file's media over this connection. */
  #isReady = false;
  /** How long the server keeps a hold whose sender is lost; 0 while this push has never held the stream. */
  #resumeMs = 0;
  #stopping = false;
  #outcome: { readonly error: PushError | null } | null = null;

  constructor(options: PushOptions) {
    this.#options = completed(options);
    this.#line = new IngestLine(this.#options, {
      open: () => this.#opened(),
      reply: (reply) => this.#receive(reply),
      gone: (error) => this.#gone(error),
      lost: (retryInMs, detail) => this.#listeners.tell({ type: 'lost', retryInMs, detail }),
      over: (error) => this.#finish(error),
    });
  }

  /** True once nothing more is taken. */
  get closed(): boolean {
    return this.#outcome !== null;
  }

  /** Bytes that wait to be acknowledged. */
  get numUnackedBytes(): number {
    return this.#file?.media.heldBytes ?? 0;
  }

  /** How long the oldest of them has waited, in ms; 0 where none does. */
  get unackedMs(): number {
    const oldestAtMs = this.#file?.media.oldestAtMs ?? null;
    return oldestAtMs === null ? 0 : this.#options.nowMs() - oldestAtMs;
  }

  /**
   * Calls `listener` with every event of a type.
   * @returns a function that stops it
   */
  on<K extends keyof PushEventMap>(type: K, listener: (event: PushEventMap[K]) => void): () => void {
    return this.#listeners.add(type, listener);
  }

  /** Begins a file. The one before, if there was one, is given up; the stream goes on with this one in a new epoch. */
  start(container: IngestContainer): void {
    if (this.closed || this.#stopping) return;
    this.#file = { container, media: new UnackedMedia(), resume: null };
    this.#isReady = false;
    if (this.#line.isOpen) this.#sendStart(this.#file);
  }

  /**
   * Takes the file's next bytes, in pieces of any size.
   * @returns false where they are dropped: no file was started, it cannot go on, or the push is closed
   */
  write(bytes: Uint8Array<ArrayBuffer>): boolean {
    const file = this.#file;
    if (file === null || this.closed || this.#stopping) return false;
    file.media.append(bytes, this.#options.nowMs());
    if (file.media.heldBytes > this.#options.maxUnackedBytes) {
      this.#restart('overflow');
      return false;
    }
    if (this.#isReady) this.#line.sendMedia(bytes);
    return true;
  }

  /** Resolves when at most half of what may wait does: for senders that can wait themselves. */
  async drained(): Promise<void> {
    while (!this.closed && this.numUnackedBytes > this.#options.maxUnackedBytes / 2) {
      await this.#next('ack', 'restart', 'closed');
    }
  }

  /**
   * The media is over, and the stream with it: what waits is sent, and then `stop`.
   * @returns when the server has acknowledged everything
   * @throws {PushError} where it does not have everything
   */
  async stop(): Promise<void> {
    if (!this.#stopping && !this.closed) {
      this.#stopping = true;
      this.#line.giveUpAfter(Math.min(this.#resumeMs || Infinity, STOP_WITHIN_MS));
      if (this.#file === null) this.#finish(null);
      else if (this.#isReady) this.#sendStop(this.#file);
    }
    if (this.#outcome === null) await this.#next('closed');
    const error = this.#outcome?.error ?? null;
    if (error !== null) throw error;
  }

  /** Drops the connection and what waits. May be called twice. */
  close(): void {
    this.#finish(null);
  }

  /** A hold that is in the way may be this push's own, and will end: the server may have noticed the loss as late as that. */
  get #mayHold(): boolean {
    return this.#resumeMs > 0 && this.#line.lostMs <= 2 * this.#resumeMs;
  }

  #opened(): void {
    this.#numStarting = 0;
    const file = this.#file;
    if (file === null) return;
    const isExpired = file.resume !== null && this.#line.lostMs > this.#resumeMs;
    if (!isExpired || this.#beginsAgain(file, 'expired')) this.#sendStart(file);
  }

  #sendStart({ container, resume }: PushedFile): void {
    this.#numStarting += 1;
    this.#line.send({ type: 'start', container, ...(resume !== null && { resume }) });
  }

  #sendStop(file: PushedFile): void {
    this.#line.send({ type: 'stop' });
    if (file.media.heldBytes === 0) this.#finish(null);
  }

  #receive(reply: Exclude<IngestReply, { type: 'error' }>): void {
    const file = this.#file;
    if (reply.type === 'ready') {
      this.#numStarting -= 1;
      if (this.#numStarting === 0 && file !== null) this.#ready(file, reply);
    } else if (this.#isReady && file !== null) {
      file.media.acknowledge(reply.bytes);
      this.#listeners.tell(reply);
      if (this.#stopping && file.media.heldBytes === 0) this.#finish(null);
    }
  }

  #ready(file: PushedFile, { resume, bytes, resumeMs }: IngestReply & { type: 'ready' }): void {
    const resumed = file.resume !== null;
    file.resume = resume;
    this.#resumeMs = resumeMs;
    this.#line.settle();
    if (!file.media.reaches(bytes)) {
      this.#restart('lost');
      return;
    }
    file.media.acknowledge(bytes);
    this.#isReady = true;
    this.#listeners.tell({ type: 'open', resumed });
    for (const waiting of file.media.from(bytes)) this.#line.sendMedia(waiting);
    if (this.#stopping) this.#sendStop(file);
  }

  #gone(error: PushError | null): boolean {
    this.#isReady = false;
    const file = this.#file;
    if (error === null || error.code === CLOSING || (error.code === BUSY && this.#mayHold)) return true;
    const isExpired = error.code === EXPIRED;
    if (!isExpired && !LOST_FILE.test(error.code)) {
      this.#finish(error);
      return false;
    }
    if (file !== null) this.#beginsAgain(file, isExpired ? 'expired' : 'lost');
    return !this.closed;
  }

  /** The server does not know the file any more; it can begin again only where nothing of it was acknowledged. */
  #beginsAgain(file: PushedFile, reason: RestartReason): boolean {
    file.resume = null;
    if (file.media.reaches(0)) return true;
    this.#restart(reason);
    return false;
  }

  #restart(reason: RestartReason): void {
    this.#file = null;
    this.#isReady = false;
    if (this.#stopping) this.#finish(new PushError(EXPIRED, 'the end of the media was lost'));
    else this.#listeners.tell({ type: 'restart', reason });
  }

  #finish(error: PushError | null): void {
    if (this.#outcome !== null) return;
    this.#outcome = { error };
    this.#line.close();
    this.#listeners.tell({ type: 'closed', error });
  }

  #next(...types: (keyof PushEventMap)[]): Promise<void> {
    return new Promise((resolve) => {
      const leave = types.map((type) =>
        this.on(type, () => {
          for (const off of leave) off();
          resolve();
        }),
      );
    });
  }
}

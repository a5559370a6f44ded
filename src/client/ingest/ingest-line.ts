import type { IngestReply, IngestRequest } from '../../core/protocol.js';
import { probe } from '../refusal.js';
import { retryWaitMs } from '../retry-wait.js';
import { platformWebSocket } from '../web-socket.js';
import { PushError } from './events.js';
import { IngestConnection } from './ingest-connection.js';
import type { completed } from './options.js';

/** What the owner of a line is told. */
export interface IngestLineEvents {
  /** A connection stands. */
  open(): void;
  reply(reply: Exclude<IngestReply, { type: 'error' }>): void;
  /** The connection is gone, with the server's last word where there was one. Returns whether to make another one. */
  gone(error: PushError | null): boolean;
  /** Another one will be made. */
  lost(retryInMs: number, detail: string): void;
  /** No other one will: the server refuses, or was away for too long. */
  over(error: PushError): void;
}

/** A connection to `/ingest` that is made again whenever it is lost. */
export class IngestLine {
  readonly #options: ReturnType<typeof completed>;
  readonly #events: IngestLineEvents;
  readonly #ending = new AbortController();
  #connection: IngestConnection | null = null;
  #isOpen = false;
  #numAttempts = 0;
  #lostAtMs: number | null = null;
  #giveUpMs = Infinity;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #lastWord: PushError | null = null;

  constructor(options: ReturnType<typeof completed>, events: IngestLineEvents) {
    this.#options = options;
    this.#events = events;
    void this.#connect();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How long there has been no connection on which `settle` was called, in ms. */
  get lostMs(): number {
    return this.#lostAtMs === null ? 0 : this.#options.nowMs() - this.#lostAtMs;
  }

  send(request: IngestRequest): void {
    this.#connection?.send(request);
  }

  sendMedia(bytes: Uint8Array<ArrayBuffer>): void {
    this.#connection?.sendMedia(bytes);
  }

  /** The server has taken this connection up: the next loss is a new one. */
  settle(): void {
    this.#numAttempts = 0;
    this.#lostAtMs = null;
  }

  /** From now on a line that is lost for longer is over. */
  giveUpAfter(lostMs: number): void {
    this.#giveUpMs = lostMs;
  }

  /** Tells its owner nothing more. */
  close(): void {
    clearTimeout(this.#retryTimer);
    this.#ending.abort();
    this.#connection?.close();
  }

  async #connect(): Promise<void> {
    this.#lastWord = null;
    try {
      const WebSocket = this.#options.WebSocket ?? (await platformWebSocket());
      if (this.#ending.signal.aborted) return;
      this.#connection = new IngestConnection(WebSocket, this.#options, this.#options.silenceMs, {
        open: () => {
          this.#isOpen = true;
          this.#events.open();
        },
        reply: (reply) => {
          if (reply.type === 'error') this.#lastWord = new PushError(reply.code, reply.message);
          else this.#events.reply(reply);
        },
        gone: (detail, heard) => void this.#gone(detail, heard),
      });
    } catch (error) {
      // Nothing about an address that cannot be parsed changes by trying again.
      const message = error instanceof Error ? error.message : String(error);
      this.#events.over(new PushError('ERR_REQUEST_INVALID', message));
    }
  }

  async #gone(detail: string, heard: boolean): Promise<void> {
    this.#connection = null;
    this.#isOpen = false;
    this.#lostAtMs ??= this.#options.nowMs();
    const word = this.#lastWord;
    if (!this.#events.gone(word)) return;
    // A connection that never brought a message may be one that the server will never allow.
    const answer = heard ? 'allowed' : await probe(this.#options, this.#ending.signal);
    if (this.#ending.signal.aborted) return;
    if (typeof answer !== 'string') this.#events.over(new PushError(answer.code, answer.message));
    else if (this.lostMs > this.#giveUpMs)
      this.#events.over(new PushError('ERR_NETWORK', 'the server was away for too long'));
    else this.#retry(word?.message ?? detail);
  }

  #retry(detail: string): void {
    const { backoffInitialMs, backoffMaxMs } = this.#options;
    const retryInMs = retryWaitMs(this.#numAttempts, backoffInitialMs, backoffMaxMs);
    this.#numAttempts += 1;
    this.#retryTimer = setTimeout(() => void this.#connect(), retryInMs);
    this.#events.lost(retryInMs, detail);
  }
}

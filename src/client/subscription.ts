import type { ServerMessage } from '../core/protocol.js';
import { offeredProtocols, scoresAddress } from './addresses.js';
import { Cursor } from './cursor.js';
import { SubscriptionError, type EventMap } from './events.js';
import { Listeners } from './listeners.js';
import { MessageQueue } from './message-queue.js';
import type { SubscribeOptions } from './options.js';
import { probe } from './refusal.js';
import { retryWaitMs } from './retry-wait.js';
import { platformWebSocket, type WebSocketLike } from './web-socket.js';

const GOING_AWAY = 1001;
/** Reason of the `end` after which the server may come back. */
const SHUTDOWN_REASON = 'shutdown';
/** The server says something at least every 30 s. */
const SILENCE_MS = 45_000;
/** What platforms report where no close frame came. */
const ABNORMAL_CLOSURE = 1006;
/** 25 minutes of scores. */
const MAX_QUEUED_MESSAGES = 9000;

/** Errors after which connecting again may help. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'ERR_CLIENT_SLOW',
  'ERR_SUBSCRIBER_LIMIT',
  'ERR_SERVER_CLOSING',
]);

/**
 * Scores of one stream, in order and without duplicates, over as many connections as it takes. Read it with `on`, with
 * `for await`, or both. Ends when the stream does, when it cannot go on, or by `close`.
 */
export class Subscription implements AsyncIterable<ServerMessage> {
  readonly #options: SubscribeOptions;
  readonly #cursor: Cursor;
  readonly #listeners = new Listeners<EventMap>();
  readonly #queues = new Set<MessageQueue<ServerMessage>>();
  #socket: WebSocketLike | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #numAttempts = 0;
  #closed = false;
  /** How the last connection was ended by the server. */
  #lastWord: ServerMessage | null = null;
  #detail = '';
  /** Whether this connection has brought a message. */
  #heard = false;
  /** The server was seen to let this client in, since the last connection that brought a message. */
  #allowed = false;
  readonly #ending = new AbortController();
  /** Why it cannot go on; null while it can, and where it was closed. */
  #error: SubscriptionError | null = null;

  constructor(options: SubscribeOptions) {
    this.#options = options;
    this.#cursor = new Cursor(options.since, options.session);
    void this.#connect();
  }

  /** True once nothing more will come. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Calls `listener` with every message of a type, or every change of the connection.
   * @returns a function that stops it
   */
  on<K extends keyof EventMap>(type: K, listener: (event: EventMap[K]) => void): () => void {
    return this.#listeners.add(type, listener);
  }

  /**
   * Every message from now on. Leaving the loop closes the subscription.
   * @throws {SubscriptionError} in the loop, when the subscription cannot go on
   */
  [Symbol.asyncIterator](): AsyncIterator<ServerMessage> {
    const overflow = (): Error =>
      new SubscriptionError(
        'ERR_CLIENT_SLOW',
        `the loop is more than ${MAX_QUEUED_MESSAGES} messages behind`,
      );
    const queue = new MessageQueue<ServerMessage>(MAX_QUEUED_MESSAGES, () => this.close(), overflow);
    if (this.#closed) queue.end(this.#error);
    else this.#queues.add(queue);
    return queue;
  }

  /** Closes the connection for good. May be called twice. */
  close(): void {
    this.#finish(null);
  }

  async #connect(): Promise<void> {
    try {
      const WebSocket = this.#options.WebSocket ?? (await platformWebSocket());
      if (this.#closed) return;
      const socket = new WebSocket(
        scoresAddress(this.#options, this.#cursor.query),
        offeredProtocols(this.#options),
      );
      this.#socket = socket;
      this.#lastWord = null;
      this.#detail = '';
      this.#heard = false;
      this.#listenForSilence(socket);
      socket.onmessage = ({ data }) => {
        if (this.#socket !== socket) return;
        this.#listenForSilence(socket);
        this.#heard = true;
        this.#allowed = false;
        this.#receive(JSON.parse(String(data)) as ServerMessage);
      };
      const lose = (code: number): void => {
        if (this.#socket === socket) this.#onClose(code);
      };
      socket.onclose = ({ code }) => lose(code);
      // Most platforms close after an error; Node 22 does not when the server refuses the upgrade.
      socket.onerror = ({ message }) => {
        if (this.#socket === socket) this.#detail = message ?? '';
        lose(ABNORMAL_CLOSURE);
      };
    } catch (error) {
      // Nothing about an address that cannot be parsed changes by trying again.
      this.#finish(
        new SubscriptionError('ERR_REQUEST_INVALID', error instanceof Error ? error.message : String(error)),
      );
    }
  }

  #receive(message: ServerMessage): void {
    if (this.#closed || !this.#cursor.accept(message)) return;
    if (message.type === 'hello') this.#emit({ type: 'connection', state: 'open' });
    // A server that says no is not to be asked again at once.
    else if (message.type === 'end' || message.type === 'error') this.#lastWord = message;
    else this.#numAttempts = 0;
    this.#emit(message);
    for (const queue of this.#queues) queue.push(message);
  }

  /** A connection that broke without a word never closes by itself, for nothing is ever sent over it. */
  #listenForSilence(socket: WebSocketLike): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = setTimeout(() => {
      this.#detail = 'nothing was heard for too long';
      this.#onClose(ABNORMAL_CLOSURE);
      socket.close();
    }, this.#options.silenceMs ?? SILENCE_MS);
  }

  #onClose(code: number): void {
    clearTimeout(this.#silenceTimer);
    this.#socket = null;
    if (this.#closed) return;
    const word = this.#lastWord;
    const isOver = word?.type === 'end' && word.reason !== SHUTDOWN_REASON && code !== GOING_AWAY;
    if (isOver) this.#finish(null);
    else if (word?.type === 'error' && !TRANSIENT_CODES.has(word.code)) {
      this.#finish(new SubscriptionError(word.code, word.message));
    } else if (this.#heard || this.#allowed) this.#retry();
    else void this.#retryUnlessRefused();
  }

  /** A connection that never brought a message may be one that the server will never allow. */
  async #retryUnlessRefused(): Promise<void> {
    const answer = await probe(this.#options, this.#ending.signal);
    if (this.#closed) return;
    this.#allowed = answer === 'allowed';
    if (typeof answer === 'string') {
      this.#retry();
      return;
    }
    const { code, message } = answer;
    this.#emit({ type: 'connection', state: 'refused', code, detail: message });
    this.#finish(new SubscriptionError(code, message));
  }

  #retry(): void {
    const { backoffInitialMs = 500, backoffMaxMs = 15_000 } = this.#options;
    const retryInMs = retryWaitMs(this.#numAttempts, backoffInitialMs, backoffMaxMs);
    this.#numAttempts += 1;
    this.#emit({ type: 'connection', state: 'lost', retryInMs, detail: this.#detail });
    if (!this.#closed) this.#timer = setTimeout(() => void this.#connect(), retryInMs);
  }

  #finish(error: SubscriptionError | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#error = error;
    clearTimeout(this.#timer);
    clearTimeout(this.#silenceTimer);
    this.#ending.abort();
    this.#socket?.close(1000);
    for (const queue of this.#queues) queue.end(error);
    this.#queues.clear();
  }

  #emit(event: EventMap[keyof EventMap]): void {
    this.#listeners.tell(event);
  }
}

import type { History } from './history.js';
import { comparePositions, type Position } from './since.js';
import type { WireMessage } from './wire-message.js';

/** Bytes that may wait in one connection before writing pauses. */
export const MAX_BUFFERED_BYTES = 256 * 1024;

/** Messages a subscriber may fall behind beyond the smallest lag it ever had: 20 s of scores. */
export const MAX_LAG_MESSAGES = 120;

const BEFORE_ANYTHING: Position = { epoch: -1, seq: -1 };

/** Why a subscription ends; the transport turns it into a last message and a close code. */
export type SubscriptionEnd =
  | { readonly type: 'end'; readonly reason: string }
  | { readonly type: 'error'; readonly code: string; readonly message: string };

/** One connection as a subscription writes to it. */
export interface MessageSink {
  /** Bytes accepted by `write` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** @param onTaken called once when the operating system has taken the bytes; never before `write` returns */
  write(message: WireMessage, onTaken: () => void): void;
  /** Writes what the end asks for and closes. */
  end(end: SubscriptionEnd): void;
}

/** What a subscription reports to its session. */
export interface SubscriberEvents {
  /** A score that the subscriber was waiting for was taken by the operating system; published then, on the steady clock. */
  delivered(publishedAtMs: number): void;
  /** The subscriber reads too slowly; its connection is being closed. */
  slow(): void;
}

/**
 * One reader of a stream's history: an index that moves towards the newest message as fast as the connection takes
 * them. Nothing is queued for it but what the connection itself buffers, and nothing waits for it.
 */
export class Subscriber {
  readonly #history: History;
  readonly #sink: MessageSink;
  readonly #events: SubscriberEvents;
  #nextIndex: number;
  #lastPosition: Position;
  #pending: WireMessage[];
  #allowedLag: number;
  #finish: SubscriptionEnd | null = null;
  #closed = false;

  /**
   * @param since the last message the client has; null starts with the next one
   * @param greeting sent first, in order
   */
  constructor(
    history: History,
    sink: MessageSink,
    events: SubscriberEvents,
    since: Position | null,
    greeting: readonly WireMessage[],
  ) {
    this.#history = history;
    this.#sink = sink;
    this.#events = events;
    const { lost, nextIndex } =
      since === null ? { lost: [], nextIndex: history.endIndex } : history.resumeAfter(since);
    this.#nextIndex = nextIndex;
    this.#lastPosition = knownPosition(history, since);
    this.#pending = [...greeting, ...lost];
    this.#allowedLag = this.#lag + MAX_LAG_MESSAGES;
    this.#pump();
  }

  /** True once the last message was handed to the connection, or the connection is gone. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Messages of the history that the connection has not taken. */
  get #lag(): number {
    return this.#history.endIndex - this.#nextIndex;
  }

  /** Messages that the connection has not taken. */
  get numLeft(): number {
    return this.#lag + this.#pending.length;
  }

  /** The history has grown. */
  advance(): void {
    if (this.#closed) return;
    this.#pump();
    if (this.#lag > this.#allowedLag) this.abortAsSlow();
  }

  /** Sends a message that has no place in the order; while the connection is full the newest one replaces the one before. */
  notify(message: WireMessage): void {
    if (this.#closed) return;
    if (this.#full) this.#pending = [...this.#pending.filter((old) => old.position !== null), message];
    else this.#pending.push(message);
    this.#pump();
  }

  /** Ends after everything up to now has been sent. */
  finish(end: SubscriptionEnd): void {
    this.#finish ??= end;
    if (!this.#closed) this.#pump();
  }

  /** Ends now, because the connection takes too little; what is left can be resumed. */
  abortAsSlow(): void {
    if (this.#closed) return;
    this.#events.slow();
    this.#abort({
      type: 'error',
      code: 'ERR_CLIENT_SLOW',
      message: `the connection reads too slowly; got ${this.#lag} messages behind; expected at most ${this.#allowedLag}; resume with ?since=`,
    });
  }

  /** The connection is gone: nothing more is written. */
  detach(): void {
    this.#closed = true;
  }

  get #full(): boolean {
    return this.#sink.bufferedBytes >= MAX_BUFFERED_BYTES;
  }

  #pump(): void {
    while (!this.#closed && !this.#full) {
      const next = this.#next();
      if (next === null) break;
      this.#write(next);
    }
    this.#allowedLag = Math.min(this.#allowedLag, this.#lag + MAX_LAG_MESSAGES);
    if (this.#finish !== null && this.numLeft === 0) this.#abort(this.#finish);
  }

  #next(): WireMessage | null {
    const pending = this.#pending.shift();
    if (pending !== undefined) return pending;
    if (this.#lag === 0) return null;
    if (this.#nextIndex < this.#history.firstIndex) {
      // Overwritten while this subscriber was catching up: it is told what it missed.
      const { lost, nextIndex } = this.#history.resumeAfter(this.#lastPosition);
      this.#nextIndex = nextIndex;
      this.#pending = [...lost];
      return this.#next();
    }
    const wire = this.#history.at(this.#nextIndex);
    this.#nextIndex += 1;
    return wire;
  }

  #write(wire: WireMessage): void {
    if (wire.position !== null) this.#lastPosition = wire.position;
    const { publishedAtMs } = wire;
    const live = publishedAtMs !== null && this.#lag === 0;
    this.#sink.write(wire, () => {
      if (live) this.#events.delivered(publishedAtMs);
      if (!this.#closed) this.#pump();
    });
  }

  #abort(end: SubscriptionEnd): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#sink.end(end);
  }
}

/** Where a new subscriber stands, for telling it later what it missed. */
function knownPosition(history: History, since: Position | null): Position {
  const newest = history.newestPosition ?? BEFORE_ANYTHING;
  return since === null ? newest : comparePositions(since, newest) > 0 ? BEFORE_ANYTHING : since;
}

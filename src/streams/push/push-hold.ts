import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { SchedulerLike, Subscription } from 'rxjs';
import { EvokedError } from '../../core/errors.js';
import { frameRawMessage, readRawMessage } from './raw-message.js';
import type { PushForm, PushSender, PushSenderEvents } from './pushed-media.js';

/** Bytes that may wait for the decode child before the sender is told to wait. */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024;

const TOKEN_BYTES = 24;

/** How a hold is kept. */
export interface PushHoldOptions {
  readonly form: PushForm;
  /** Without bytes for this long, or without a connection, the sender counts as gone. */
  readonly silenceMs: number;
  readonly scheduler: SchedulerLike;
}

/**
 * A sender's hold on a pushed stream, whichever connection it comes over: `held` → (`lost` → `held` …) → `ended` by its sender,
 * or `gone` without one → `over`, once all that was taken is decoded or can not be.
 */
export class PushHold {
  readonly form: PushForm;
  readonly resumeToken = randomBytes(TOKEN_BYTES).toString('base64url');
  /** What the decode child reads. */
  readonly bytes = new PassThrough({ writableHighWaterMark: MAX_WAITING_BYTES });
  readonly #options: PushHoldOptions;
  #grip: Grip | null = null;
  #phase: 'held' | 'lost' | 'ended' | 'gone' | 'over' = 'held';
  #goneBecause: EvokedError | null = null;
  #numBytes = 0;
  #ptsUs: number | null = null;
  #lastSignMs: number;
  #overAtMs: number | null = null;
  #watching: Subscription | undefined;

  constructor(options: PushHoldOptions) {
    this.form = options.form;
    this.#options = options;
    this.#lastSignMs = options.scheduler.now();
    // Whoever read it may be gone: what is told of that is told by its input.
    this.bytes.on('error', () => undefined);
    this.bytes.on('drain', () => {
      this.#noteSign();
      this.#grip?.events.drain();
    });
    this.#watch(options.silenceMs);
  }

  get numBytes(): number {
    return this.#numBytes;
  }

  get ptsUs(): number | null {
    return this.#ptsUs;
  }

  /** A connection has it. */
  get isHeld(): boolean {
    return this.#phase === 'held';
  }

  /** A connection has it, or may take it up again. */
  get isOpen(): boolean {
    return this.#phase === 'held' || this.#phase === 'lost';
  }

  /** Why the sender counts as gone; null where it does not, or was replaced by another one. */
  get goneBecause(): EvokedError | null {
    return this.#goneBecause;
  }

  /** When nothing more of it was decoded, by the scheduler's clock; null before. */
  get overAtMs(): number | null {
    return this.#overAtMs;
  }

  /** Another connection takes the hold; the one before is told. */
  grip(events: PushSenderEvents): PushSender {
    const before = this.#grip;
    this.#grip = new Grip(this, events);
    this.#phase = 'held';
    this.#noteSign();
    before?.events.over(
      new EvokedError('ERR_INGEST_BUSY', { what: 'another connection has taken up the stream' }),
    );
    return this.#grip;
  }

  has(grip: Grip): boolean {
    return this.#grip === grip && this.isOpen;
  }

  write(bytes: Uint8Array): boolean {
    const { form } = this;
    if (form.type === 'raw') readRawMessage(bytes, form);
    this.#numBytes += bytes.byteLength;
    this.#noteSign();
    return this.bytes.write(form.type === 'raw' ? frameRawMessage(bytes) : bytes);
  }

  /** The sender is done. */
  end(): void {
    this.#close('ended');
  }

  lose(): void {
    this.#phase = 'lost';
    this.#grip = null;
    this.#noteSign();
  }

  /** The sender is gone for good: what was taken is still decoded. */
  leave(): void {
    this.#goneBecause = new EvokedError('ERR_SOURCE_UNREACHABLE', {
      what: "The sender's connection was closed",
    });
    this.#grip = null;
    this.#close('gone');
  }

  /** Another sender begins: what was taken is still decoded, and nobody need hear that this one is gone. */
  giveWay(): void {
    this.#goneBecause = null;
    if (this.isOpen) this.#close('gone');
  }

  /** Media up to this time was decoded. */
  decoded(ptsUs: number): void {
    this.#ptsUs = ptsUs;
    this.#grip?.events.progress();
  }

  /** Nothing more of it is decoded. May be called twice. */
  finish(error: Error | null): void {
    if (this.#phase === 'over') return;
    this.#phase = 'over';
    this.#overAtMs = this.#options.scheduler.now();
    this.#watching?.unsubscribe();
    this.bytes.destroy();
    const grip = this.#grip;
    this.#grip = null;
    grip?.events.over(error);
  }

  #close(phase: 'ended' | 'gone'): void {
    this.#phase = phase;
    this.#watching?.unsubscribe();
    this.bytes.end();
  }

  #noteSign(): void {
    this.#lastSignMs = this.#options.scheduler.now();
  }

  #watch(inMs: number): void {
    const { silenceMs, scheduler } = this.#options;
    this.#watching = scheduler.schedule(() => {
      const silentMs = scheduler.now() - this.#lastSignMs;
      // A sender that was told to wait is silent rightly.
      if (this.isHeld && this.bytes.writableNeedDrain) this.#watch(silenceMs);
      else if (silentMs < silenceMs) this.#watch(silenceMs - silentMs);
      else this.#tooLong(silentMs);
    }, inMs);
  }

  #tooLong(silentMs: number): void {
    const what = this.isHeld ? 'The sender stopped sending' : 'The sender has gone';
    const got = `nothing for ${Math.round(silentMs)} ms`;
    this.#goneBecause = new EvokedError('ERR_SOURCE_TIMEOUT', { what, got });
    const grip = this.#grip;
    this.#grip = null;
    this.#close('gone');
    grip?.events.over(this.#goneBecause);
  }
}

/** A hold as one connection has it: worth nothing any more once another connection has taken it up. */
class Grip implements PushSender {
  readonly #hold: PushHold;
  readonly events: PushSenderEvents;

  constructor(hold: PushHold, events: PushSenderEvents) {
    this.#hold = hold;
    this.events = events;
  }

  get resumeToken(): string {
    return this.#hold.resumeToken;
  }

  get numBytes(): number {
    return this.#hold.numBytes;
  }

  get ptsUs(): number | null {
    return this.#hold.ptsUs;
  }

  write(bytes: Uint8Array): boolean {
    return this.#hold.has(this) ? this.#hold.write(bytes) : true;
  }

  end(): void {
    if (this.#hold.has(this)) this.#hold.end();
  }

  lose(): void {
    if (this.#hold.has(this)) this.#hold.lose();
  }

  leave(): void {
    if (this.#hold.has(this)) this.#hold.leave();
  }
}

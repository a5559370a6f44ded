import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import type { StreamState } from '../../core/protocol.js';
import type { MediaInput } from '../media-input.js';
import { Backoff } from './backoff.js';
import { CrashLimit } from './crash-limit.js';
import { isCrash, recoveryFrom } from './recovery.js';

/** The state of a supervised source changed. */
export interface InputStatus {
  readonly type: 'status';
  readonly state: Exclude<StreamState, 'degraded'>;
  /** One line for a person, without credentials; empty when there is nothing to add. */
  readonly detail: string;
  /** What went wrong, with `reconnecting` and `failed`. */
  readonly error?: EvokedError;
}

/** Media of a source over all of its connections, and how it fares. */
export type SupervisedEvent = MediaEvent | InputStatus;

/** How a source is supervised. */
export interface SuperviseOptions {
  /**
   * Live sources are opened again when they end or fail; others end or fail for good. A source that states its length once
   * it is open (a recording behind an address that could have been live) counts as not live.
   */
  readonly live: boolean;
  readonly backoffInitialMs: number;
  readonly backoffMaxMs: number;
  /** A connection that delivered media for this long counts as sound: the next wait is short again. Default 10 s. */
  readonly backoffResetAfterMs?: number;
  /** Restarts within a minute after crashes of the decode child; at the next crash the source fails for good. Default 5. */
  readonly maxCrashRestartsPerMinute?: number;
  /** Runs the waits, and tells the time they go by. */
  readonly scheduler: SchedulerLike;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A source that is kept alive. */
export interface SupervisedInput {
  /**
   * Cold, for one subscription. Never errors: it completes after `ended` or `failed`. Every connection's media is preceded
   * by a `TimelineStart`, with reason `restart` from the second connection that brings media on.
   */
  readonly events$: Observable<SupervisedEvent>;
  /** As `MediaInput.setPreview`, for this connection and the next ones. */
  setPreview(on: boolean): void;
  /** As `MediaInput.pause` and `resume`, for this connection and the next ones. */
  pause(): void;
  resume(): void;
}

/**
 * Keeps a source alive: connecting → live → reconnecting → live … until it is `ended` or `failed`.
 * @param openInput makes a new connection's input; may throw
 */
export function superviseInput(openInput: () => MediaInput, options: SuperviseOptions): SupervisedInput {
  const wishes: Wishes = { input: null, preview: false, paused: false };
  return {
    events$: new Observable((subscriber) => new Supervision(openInput, options, wishes, subscriber).start()),
    setPreview(on) {
      wishes.preview = on;
      wishes.input?.setPreview(on);
    },
    pause() {
      wishes.paused = true;
      wishes.input?.pause();
    },
    resume() {
      wishes.paused = false;
      wishes.input?.resume();
    },
  };
}

/** What the user asked for, and the input it holds for at the moment. */
interface Wishes {
  input: MediaInput | null;
  preview: boolean;
  paused: boolean;
}

const DEFAULT_BACKOFF_RESET_AFTER_MS = 10_000;
const DEFAULT_MAX_CRASH_RESTARTS_PER_MINUTE = 5;

/** What a person is told of a source whose decoding crashes again and again. */
const GIVEN_UP = 'it did so too often within a minute: given up until the stream is restarted';

class Supervision {
  readonly #openInput: () => MediaInput;
  readonly #options: SuperviseOptions;
  readonly #wishes: Wishes;
  readonly #subscriber: Subscriber<SupervisedEvent>;
  readonly #backoff: Backoff;
  readonly #crashes: CrashLimit;
  #connection: Subscription | undefined;
  #timer: Subscription | undefined;
  /** Whether the source, as far as is known, runs on. */
  #live: boolean;
  /** Whether any connection has brought media. */
  #hadMedia = false;
  /** When this connection brought its first media, null before. */
  #liveSinceMs: number | null = null;
  #lastMediaMs = 0;
  /** The last media of the last sound connection, or the start: the outage counts from here. */
  #awaySinceMs = 0;
  /** Whether this connection's media has had its `TimelineStart`. */
  #hasTimeline = false;

  constructor(
    openInput: () => MediaInput,
    options: SuperviseOptions,
    wishes: Wishes,
    subscriber: Subscriber<SupervisedEvent>,
  ) {
    this.#openInput = openInput;
    this.#options = options;
    this.#live = options.live;
    this.#wishes = wishes;
    this.#subscriber = subscriber;
    const { backoffInitialMs: initialMs, backoffMaxMs: maxMs, random } = options;
    this.#backoff = new Backoff({ initialMs, maxMs, random });
    this.#crashes = new CrashLimit(
      options.maxCrashRestartsPerMinute ?? DEFAULT_MAX_CRASH_RESTARTS_PER_MINUTE,
    );
  }

  start(): () => void {
    this.#awaySinceMs = this.#options.scheduler.now();
    this.#status({ state: 'connecting', detail: '' });
    this.#connect();
    return () => {
      this.#timer?.unsubscribe();
      this.#connection?.unsubscribe();
      this.#wishes.input = null;
    };
  }

  #connect(): void {
    this.#liveSinceMs = null;
    this.#hasTimeline = false;
    let input: MediaInput;
    try {
      input = this.#openInput();
    } catch (error) {
      this.#lose(toEvokedError(error));
      return;
    }
    this.#wishes.input = input;
    if (this.#wishes.preview) input.setPreview(true);
    if (this.#wishes.paused) input.pause();
    this.#connection = input.media$.subscribe({
      next: (event) => this.#forward(event),
      error: (error: unknown) => this.#lose(toEvokedError(error)),
      complete: () => this.#end(),
    });
  }

  #forward(event: MediaEvent): void {
    switch (event.type) {
      case 'tracks':
        if (event.tracks.durationSeconds !== null && this.#live) {
          this.#live = false;
          if (this.#hadMedia) {
            this.#finish();
            return;
          }
        }
        break;
      case 'timeline':
        this.#startTimeline(event.reason);
        return;
      case 'decoded':
        break;
      case 'watermark':
        if (!this.#hasTimeline) this.#startTimeline('start');
        break;
      case 'videoFrame':
      case 'audioFrame':
        if (!this.#hasTimeline) this.#startTimeline('start');
        this.#lastMediaMs = this.#options.scheduler.now();
        if (this.#liveSinceMs === null) {
          this.#liveSinceMs = this.#lastMediaMs;
          this.#hadMedia = true;
          this.#status({ state: 'live', detail: '' });
        }
        break;
    }
    this.#subscriber.next(event);
  }

  #startTimeline(reason: 'start' | 'discontinuity' | 'restart' | 'long-gap'): void {
    const isRestart = !this.#hasTimeline && this.#hadMedia;
    this.#hasTimeline = true;
    this.#subscriber.next({ type: 'timeline', reason: isRestart ? 'restart' : reason });
  }

  #end(): void {
    if (this.#live) {
      this.#lose(new EvokedError('ERR_SOURCE_UNREACHABLE', { what: 'The source ended the connection' }));
    } else {
      this.#finish();
    }
  }

  /** Also where a live source has become a recording of what was scored already: it is not scored again. */
  #finish(): void {
    this.#connection?.unsubscribe();
    this.#wishes.input = null;
    this.#status({ state: 'ended', detail: '' });
    this.#subscriber.complete();
  }

  #lose(error: EvokedError): void {
    this.#wishes.input = null;
    const { scheduler } = this.#options;
    const recovery = recoveryFrom(error.code, this.#live, this.#hadMedia);
    if (recovery === 'give-up') {
      this.#fail(error.message, error);
      return;
    }
    if (isCrash(error.code) && !this.#crashes.allows(scheduler.now())) {
      this.#fail(`${error.message}; ${GIVEN_UP}`, error);
      return;
    }
    this.#noteSoundness();
    const outageMs = scheduler.now() - this.#awaySinceMs;
    const delayMs = recovery === 'retry' ? this.#backoff.next(outageMs) : this.#backoff.nextAtCap();
    const detail = `${error.message}; next attempt in ${(delayMs / 1000).toFixed(1)} s`;
    this.#status({ state: 'reconnecting', detail, error });
    if (!this.#subscriber.closed) this.#timer = scheduler.schedule(() => this.#connect(), delayMs);
  }

  #fail(detail: string, error: EvokedError): void {
    this.#status({ state: 'failed', detail, error });
    this.#subscriber.complete();
  }

  /** A connection that held for a while ends the outage before it, and its own end begins the next one. */
  #noteSoundness(): void {
    const { backoffResetAfterMs = DEFAULT_BACKOFF_RESET_AFTER_MS } = this.#options;
    if (this.#liveSinceMs === null || this.#lastMediaMs - this.#liveSinceMs < backoffResetAfterMs) return;
    this.#backoff.reset();
    this.#awaySinceMs = this.#lastMediaMs;
  }

  #status(status: Omit<InputStatus, 'type'>): void {
    this.#subscriber.next({ type: 'status', ...status });
  }
}

import type { SchedulerLike, Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import type { MediaInput } from '../media-input.js';
import { Backoff } from './backoff.js';
import { CrashLimit } from './crash-limit.js';
import { isCrash, recoveryFrom } from './recovery.js';
import type { StandingWishes } from './standing-wishes.js';
import { superviseBy } from './supervise-by.js';
import { WAITING_FOR_SENDER, type SupervisedInput } from './supervised-input.js';
import type { SupervisedOutput } from './supervised-output.js';

/** How a source is supervised. */
export interface SuperviseOptions {
  /**
   * Live sources are opened again when they end or fail; others end or fail for good. A source that states its length once
   * it is open (a recording behind an address that could have been live) counts as not live.
   */
  readonly live: boolean;
  /** Whether the source waits for a sender, instead of calling somebody: a person is told so. Default: false. */
  readonly waitsForSender?: boolean;
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

/**
 * Keeps a source alive: connecting → live → reconnecting → live … until it is `ended` or `failed`.
 * @param openInput makes a new connection's input; may throw
 */
export function superviseInput(openInput: () => MediaInput, options: SuperviseOptions): SupervisedInput {
  return superviseBy((output, wishes) => new Supervision(openInput, options, output, wishes).start());
}

const DEFAULT_BACKOFF_RESET_AFTER_MS = 10_000;
const DEFAULT_MAX_CRASH_RESTARTS_PER_MINUTE = 5;

/** What a person is told of a source whose decoding crashes again and again. */
const GIVEN_UP = 'it did so too often within a minute: given up until the stream is restarted';

class Supervision {
  readonly #openInput: () => MediaInput;
  readonly #options: SuperviseOptions;
  readonly #output: SupervisedOutput;
  readonly #wishes: StandingWishes;
  readonly #backoff: Backoff;
  readonly #crashes: CrashLimit;
  #connection: Subscription | undefined;
  #timer: Subscription | undefined;
  /** Whether the source, as far as is known, runs on. */
  #live: boolean;
  /** When this connection brought its first media, null before. */
  #liveSinceMs: number | null = null;
  #lastMediaMs = 0;
  /** The last media of the last sound connection, or the start: the outage counts from here. */
  #awaySinceMs = 0;

  constructor(
    openInput: () => MediaInput,
    options: SuperviseOptions,
    output: SupervisedOutput,
    wishes: StandingWishes,
  ) {
    this.#openInput = openInput;
    this.#options = options;
    this.#live = options.live;
    this.#output = output;
    this.#wishes = wishes;
    const { backoffInitialMs: initialMs, backoffMaxMs: maxMs, random } = options;
    this.#backoff = new Backoff({ initialMs, maxMs, random });
    this.#crashes = new CrashLimit(
      options.maxCrashRestartsPerMinute ?? DEFAULT_MAX_CRASH_RESTARTS_PER_MINUTE,
    );
  }

  start(): () => void {
    this.#awaySinceMs = this.#options.scheduler.now();
    const detail = this.#options.waitsForSender === true ? WAITING_FOR_SENDER : '';
    this.#output.status({ state: 'connecting', detail });
    this.#connect();
    return () => {
      this.#timer?.unsubscribe();
      this.#connection?.unsubscribe();
      this.#wishes.holdFor(null);
    };
  }

  #connect(): void {
    this.#liveSinceMs = null;
    this.#output.reconnect();
    let input: MediaInput;
    try {
      input = this.#openInput();
    } catch (error) {
      this.#lose(toEvokedError(error));
      return;
    }
    this.#wishes.holdFor(input);
    this.#connection = input.media$.subscribe({
      next: (event) => this.#forward(event),
      error: (error: unknown) => this.#lose(toEvokedError(error)),
      complete: () => this.#end(),
    });
  }

  #forward(event: MediaEvent): void {
    if (event.type === 'tracks' && event.tracks.durationSeconds !== null && this.#live) {
      this.#live = false;
      if (this.#output.hadMedia) {
        this.#finish();
        return;
      }
    }
    if (event.type === 'videoFrame' || event.type === 'audioFrame') {
      this.#lastMediaMs = this.#options.scheduler.now();
      this.#liveSinceMs ??= this.#lastMediaMs;
    }
    this.#output.media(event);
  }

  #end(): void {
    if (this.#live) {
      const what =
        this.#options.waitsForSender === true ? 'The sender has gone' : 'The source ended the connection';
      this.#lose(new EvokedError('ERR_SOURCE_UNREACHABLE', { what }));
    } else {
      this.#finish();
    }
  }

  /** Also where a live source has become a recording of what was scored already: it is not scored again. */
  #finish(): void {
    this.#connection?.unsubscribe();
    this.#wishes.holdFor(null);
    this.#output.finish({ state: 'ended', detail: '' });
  }

  #lose(error: EvokedError): void {
    this.#wishes.holdFor(null);
    const { scheduler } = this.#options;
    const recovery = recoveryFrom(error.code, this.#live, this.#output.hadMedia);
    if (recovery === 'give-up') {
      this.#output.finish({ state: 'failed', detail: error.message, error });
      return;
    }
    if (isCrash(error.code) && !this.#crashes.allows(scheduler.now())) {
      this.#output.finish({ state: 'failed', detail: `${error.message}; ${GIVEN_UP}`, error });
      return;
    }
    this.#noteSoundness();
    const outageMs = scheduler.now() - this.#awaySinceMs;
    const delayMs = recovery === 'retry' ? this.#backoff.next(outageMs) : this.#backoff.nextAtCap();
    const next = this.#options.waitsForSender === true ? `${WAITING_FOR_SENDER} again` : 'next attempt';
    const detail = `${error.message}; ${next} in ${(delayMs / 1000).toFixed(1)} s`;
    this.#output.status({ state: 'reconnecting', detail, error });
    if (!this.#output.isClosed) this.#timer = scheduler.schedule(() => this.#connect(), delayMs);
  }

  /** A connection that held for a while ends the outage before it, and its own end begins the next one. */
  #noteSoundness(): void {
    const { backoffResetAfterMs = DEFAULT_BACKOFF_RESET_AFTER_MS } = this.#options;
    if (this.#liveSinceMs === null || this.#lastMediaMs - this.#liveSinceMs < backoffResetAfterMs) return;
    this.#backoff.reset();
    this.#awaySinceMs = this.#lastMediaMs;
  }
}

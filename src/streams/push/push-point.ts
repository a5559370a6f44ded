import type { SchedulerLike } from 'rxjs';
import { sameSecret } from '../../core/constant-time.js';
import { EvokedError } from '../../core/errors.js';
import { CrashBan } from './crash-ban.js';
import { PushHold } from './push-hold.js';
import type { PushForm, PushInlet, PushSender, PushSenderEvents } from './pushed-media.js';

/** What a push point is made with. */
export interface PushPointOptions {
  /** How long a sender may be silent, or away, before it counts as gone. */
  readonly silenceMs: number;
  /** Senders that may begin within a minute after crashes of what decodes them. */
  readonly maxCrashRestartsPerMinute: number;
  readonly scheduler: SchedulerLike;
  /** A sender has begun while nobody plays what is pushed. */
  readonly unplayed: () => void;
}

/** Where senders come to one stream, and where what they push is fetched from. Outlives every run of the stream. */
export class PushPoint implements PushInlet {
  readonly #options: PushPointOptions;
  readonly #ban: CrashBan;
  /** The newest hold. */
  #hold: PushHold | null = null;
  /** The newest hold, while nobody plays it. */
  #waiting: PushHold | null = null;
  #player: (() => void) | null = null;
  #closedBecause: EvokedError | null = null;
  readonly #openedAtMs: number;

  constructor(options: PushPointOptions) {
    this.#options = options;
    this.#openedAtMs = options.scheduler.now();
    this.#ban = new CrashBan(options.maxCrashRestartsPerMinute);
  }

  /** Whether a sender waits to be played. */
  get hasWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Since when nobody sends and all that was sent is decoded, by the scheduler's clock; null while it is not so. */
  get idleSinceMs(): number | null {
    return this.#hold === null ? this.#openedAtMs : this.#hold.overAtMs;
  }

  begin(form: PushForm, events: PushSenderEvents): PushSender {
    if (this.#closedBecause !== null) throw this.#closedBecause;
    this.#requireRoom();
    const { silenceMs, scheduler } = this.#options;
    this.#ban.admit(scheduler.now());
    this.#hold?.giveWay();
    this.#waiting?.finish(null);
    const hold = new PushHold({ form, silenceMs, scheduler });
    this.#hold = this.#waiting = hold;
    const sender = hold.grip(events);
    queueMicrotask(() => this.#tell());
    return sender;
  }

  resume(resumeToken: string, events: PushSenderEvents): PushSender {
    const hold = this.#hold;
    if (hold?.isOpen !== true || !sameSecret(hold.resumeToken, resumeToken)) {
      throw new EvokedError('ERR_INGEST_RESUME', {
        what: 'there is nothing that could be resumed',
        got: 'a token that is not, or no longer, that of the stream',
        expected: 'start without resume',
      });
    }
    return hold.grip(events);
  }

  /**
   * Somebody plays what is pushed.
   * @param player called where a sender waits to be played
   * @returns a function to call when nobody plays any more
   */
  play(player: () => void): () => void {
    this.#player = player;
    queueMicrotask(() => this.#tell());
    return () => {
      if (this.#player === player) this.#player = null;
    };
  }

  /** The sender that waits to be played, which then waits no longer; null where nobody does. */
  take(): PushHold | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }

  /**
   * Decoding what was pushed has crashed: whoever waits, and who comes after too many of these, is turned away.
   * @returns what senders are told from now on; null where the next one is let in
   */
  crashed(error: EvokedError): EvokedError | null {
    const ban = this.#ban.crashed(error, this.#options.scheduler.now());
    if (ban !== null) this.take()?.finish(ban);
    return ban;
  }

  /** Lets senders in again, whatever has crashed. */
  readmit(): void {
    this.#ban.lift();
  }

  /** Nothing can be pushed any more: tells the sender why. */
  close(error: EvokedError): void {
    this.#closedBecause = error;
    this.#hold?.finish(error);
    this.#waiting = null;
  }

  /** Two at a time would mix; and what somebody has left behind, which nobody has begun to play, would be lost. */
  #requireRoom(): void {
    if (this.#hold?.isHeld === true) {
      const expected = 'that sender to stop first';
      throw new EvokedError('ERR_INGEST_BUSY', { what: 'somebody is pushing into the stream', expected });
    }
    if (this.#waiting !== null && this.#waiting.numBytes > 0) {
      const expected = 'a new try within seconds';
      throw new EvokedError('ERR_INGEST_BUSY', {
        what: 'what another sender has left waits its turn',
        expected,
      });
    }
  }

  #tell(): void {
    if (this.#waiting === null) return;
    (this.#player ?? this.#options.unplayed)();
  }
}

import type { Readable } from 'node:stream';
import type { SchedulerLike, Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import type { MediaInput } from '../media-input.js';
import { isCrash } from '../supervise/recovery.js';
import type { StandingWishes } from '../supervise/standing-wishes.js';
import { superviseBy } from '../supervise/supervise-by.js';
import { WAITING_FOR_SENDER, type SupervisedInput } from '../supervise/supervised-input.js';
import type { SupervisedOutput } from '../supervise/supervised-output.js';
import type { PushHold } from './push-hold.js';
import type { PushPoint } from './push-point.js';
import type { PushForm } from './pushed-media.js';

/** How long what a sender has left behind is decoded while the next sender waits. */
export const MAX_REST_MS = 2000;

/** Opens a decode child for what a sender pushes; may throw. */
export type OpenPushedInput = (form: PushForm, bytes: Readable) => MediaInput;

/** How pushed media is played. */
export interface SupervisePushedOptions {
  readonly openInput: OpenPushedInput;
  readonly scheduler: SchedulerLike;
}

/**
 * Plays whoever pushes, one after another: connecting → live → reconnecting → live …, until a sender says that it is done and no
 * other one waits: `ended`; or until the point lets nobody in after too many crashes: `failed`. Nothing is tried again by itself, and nobody who comes is kept waiting: senders are the ones that
 * try.
 */
export function supervisePushed(point: PushPoint, options: SupervisePushedOptions): SupervisedInput {
  return superviseBy((output, wishes) => new PushSupervision(point, options, output, wishes).start());
}

class PushSupervision {
  readonly #point: PushPoint;
  readonly #options: SupervisePushedOptions;
  readonly #output: SupervisedOutput;
  readonly #wishes: StandingWishes;
  #hold: PushHold | null = null;
  #connection: Subscription | undefined;
  /** Cuts off what a former sender has left behind. */
  #cutOff: Subscription | undefined;
  /** Newest media time of either modality. */
  #untilUs = 0;

  constructor(
    point: PushPoint,
    options: SupervisePushedOptions,
    output: SupervisedOutput,
    wishes: StandingWishes,
  ) {
    this.#point = point;
    this.#options = options;
    this.#output = output;
    this.#wishes = wishes;
  }

  start(): () => void {
    this.#output.status({ state: 'connecting', detail: WAITING_FOR_SENDER });
    const leave = this.#point.play(() => this.#onWaiting());
    return () => {
      leave();
      this.#release(new EvokedError('ERR_INGEST_RESUME', { what: 'the stream was started again' }));
    };
  }

  #onWaiting(): void {
    if (this.#hold === null) {
      const next = this.#point.take();
      if (next !== null) this.#play(next);
      return;
    }
    this.#cutOff ??= this.#options.scheduler.schedule(() => this.#played(null), MAX_REST_MS);
  }

  #play(hold: PushHold): void {
    this.#hold = hold;
    this.#untilUs = 0;
    this.#output.reconnect();
    let input: MediaInput;
    try {
      input = this.#options.openInput(hold.form, hold.bytes);
    } catch (error) {
      this.#played(toEvokedError(error));
      return;
    }
    this.#wishes.holdFor(input);
    this.#connection = input.media$.subscribe({
      next: (event) => this.#forward(hold, event),
      error: (error: unknown) => this.#played(toEvokedError(error)),
      complete: () => this.#played(null),
    });
  }

  #forward(hold: PushHold, event: MediaEvent): void {
    if (event.type === 'timeline') this.#untilUs = 0;
    this.#output.media(event);
    if (event.type !== 'watermark') return;
    this.#untilUs = Math.max(this.#untilUs, event.ptsUs);
    hold.decoded(this.#untilUs);
  }

  /** All that this sender pushed is decoded, or cannot be. */
  #played(error: EvokedError | null): void {
    const lost = this.#hold?.goneBecause ?? error;
    this.#release(error);
    const ban = error !== null && isCrash(error.code) ? this.#point.crashed(error) : null;
    if (ban !== null) {
      this.#output.finish({ state: 'failed', detail: ban.message, error: ban });
      return;
    }
    if (lost === null && !this.#point.hasWaiting) {
      this.#output.finish({ state: 'ended', detail: '' });
      return;
    }
    if (lost !== null) {
      this.#output.status({
        state: 'reconnecting',
        detail: `${lost.message}; ${WAITING_FOR_SENDER}`,
        error: lost,
      });
    }
    if (!this.#output.isClosed) this.#onWaiting();
  }

  #release(error: EvokedError | null): void {
    this.#cutOff?.unsubscribe();
    this.#cutOff = undefined;
    this.#connection?.unsubscribe();
    this.#wishes.holdFor(null);
    const hold = this.#hold;
    this.#hold = null;
    hold?.finish(error);
  }
}

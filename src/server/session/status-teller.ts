import type { Logger } from 'pino';
import type { EvokedError } from '../../core/errors.js';
import type { SessionEvent, StatusMessage } from '../../core/protocol.js';
import type { InputStatus } from '../../streams/supervise/supervised-input.js';
import type { Audience } from '../delivery/audience.js';
import { StreamHealth } from './stream-health.js';

/** Tells how a stream fares, to its audience and to the log: every change once, and its end when all that came before is told. */
export class StatusTeller {
  readonly #audience: Audience;
  readonly #log: Logger;
  readonly #stream: string;
  readonly #health = new StreamHealth();
  #told = this.#health.status;
  /** `ended` or `failed`, held back until the last score is out. */
  #outcome: InputStatus | null = null;
  /** Nothing was told since `breakSilence` was called. */
  #silent = false;

  /** @param stream its id */
  constructor(stream: string, audience: Audience, log: Logger) {
    this.#stream = stream;
    this.#audience = audience;
    this.#log = log;
  }

  get status(): StatusMessage {
    return this.#health.status;
  }

  /** The source is being opened: how it ended before counts no more. */
  opening(): void {
    this.#outcome = null;
  }

  source(status: InputStatus): void {
    if (status.state === 'ended' || status.state === 'failed') {
      this.#outcome = status;
      return;
    }
    this.#note(status);
  }

  overloaded(): void {
    this.#health.overloaded();
    this.#tell();
  }

  inferenceFailed(error: EvokedError): void {
    this.#health.failed(error);
    this.#tell();
  }

  /** The audience has got an event. */
  published(event: SessionEvent): void {
    if (event.type === 'score') this.#health.scored();
    this.#silent = false;
    this.#tell();
  }

  /** To be called now and then: tells the status again where nothing was told meanwhile, so that quiet is not taken for gone. */
  breakSilence(): void {
    if (this.#silent) this.#audience.notify(this.status);
    this.#silent = true;
  }

  /** The last score is out: tells how the source ended, and ends every subscription. */
  conclude(): void {
    const outcome = this.#outcome ?? { type: 'status', state: 'ended', detail: '' };
    this.#note(outcome);
    const { state, detail, error } = outcome;
    this.#audience.finish(
      state === 'failed'
        ? { type: 'error', code: error?.code ?? 'ERR_INTERNAL', message: detail }
        : { type: 'end', reason: 'ended' },
    );
  }

  /** The stream was stopped by this side: tells why. */
  stopped(detail: string): void {
    this.#note({ type: 'status', state: 'ended', detail });
  }

  #note({ state, detail, error }: InputStatus): void {
    this.#health.source(state, detail, error?.code ?? null);
    this.#tell();
  }

  #tell(): void {
    const { status } = this;
    if (status.state === this.#told.state && status.detail === this.#told.detail) return;
    this.#told = status;
    this.#silent = false;
    this.#audience.notify(status);
    const { state, code, detail } = status;
    this.#log.info({ stream: this.#stream, state, code, detail }, 'stream state');
  }
}

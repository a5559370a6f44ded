import { EvokedError } from '../../core/errors.js';
import { CrashLimit } from '../supervise/crash-limit.js';

const UNTIL = 'it did so too often: senders are let in once that is a minute ago, or the stream is restarted';

/**
 * Keeps senders out after too many crashes of what decodes them, whoever they are: encoders begin again by themselves, and would
 * go on without end.
 */
export class CrashBan {
  readonly #maxPerMinute: number;
  #limit: CrashLimit;
  #ban: EvokedError | null = null;

  constructor(maxPerMinute: number) {
    this.#maxPerMinute = maxPerMinute;
    this.#limit = new CrashLimit(maxPerMinute);
  }

  /**
   * Decoding what was pushed has crashed.
   * @returns what senders are told from now on; null where they are let in
   */
  crashed({ code, message }: EvokedError, nowMs: number): EvokedError | null {
    if (this.#limit.allows(nowMs)) return null;
    return (this.#ban = new EvokedError(code, { what: `${message}; ${UNTIL}` }));
  }

  /**
   * A sender wants to begin.
   * @throws {EvokedError} the code of the last crash, while senders are kept out
   */
  admit(nowMs: number): void {
    if (this.#ban === null) return;
    if (!this.#limit.allows(nowMs)) throw this.#ban;
    this.#ban = null;
  }

  /** Somebody wants it tried again: what was is forgotten. */
  lift(): void {
    this.#limit = new CrashLimit(this.#maxPerMinute);
    this.#ban = null;
  }
}

import type { Logger } from 'pino';
import type { PublishRefusal } from '../../streams/rtmp/rtmp-receiver.js';

const QUIET_MS = 1000;

/** Logs refused publishers once a second at most: strangers must not fill a disk. Their keys are not logged at all. */
export class RefusalLog {
  readonly #log: Logger;
  readonly #nowMs: () => number;
  #toldAtMs = -Infinity;
  #numUntold = 0;

  /** @param nowMs a clock that nobody sets */
  constructor(log: Logger, nowMs: () => number) {
    this.#log = log;
    this.#nowMs = nowMs;
  }

  add(reason: PublishRefusal): void {
    this.#numUntold += 1;
    const nowMs = this.#nowMs();
    if (nowMs - this.#toldAtMs < QUIET_MS) return;
    this.#log.warn({ reason, count: this.#numUntold }, 'RTMP publishers were refused');
    this.#toldAtMs = nowMs;
    this.#numUntold = 0;
  }
}

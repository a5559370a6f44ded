import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../core/clock.js';

/** Media that may come at once, in ms: jitter, an encoder's chunks, what was read to find the tracks. */
export const BURST_MS = 1000;

/** How much faster than its clock the rest of a burst is played: 12 segments a second instead of 6. */
export const BURST_RATE = 2;

/** Beyond this a step of the source's clock is a jump, and says nothing about how much media there is. */
const JUMP_MS = 10_000;

/**
 * Lets live media through as it comes, and spreads what comes in a burst: what a sender held back while its connection was lost,
 * or a file that is pushed as fast as it goes. Segments that come faster than they can be scored would be dropped as overload.
 */
export class BurstLimiter {
  readonly #clock: Clock;
  #newestMs: number | null = null;
  /** When all media up to `#newestMs` has been played at `BURST_RATE`. */
  #playedAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * How long to wait before media of this time is played, in ms. To be asked once for each packet, in order.
   * @param mediaMs in the source's clock
   */
  waitMs(mediaMs: number): number {
    const nowMs = this.#clock.nowMs();
    const stepMs = mediaMs - (this.#newestMs ?? mediaMs);
    const isJump = Math.abs(stepMs) > JUMP_MS;
    const lengthMs = isJump ? 0 : Math.max(0, stepMs);
    this.#newestMs = isJump ? mediaMs : Math.max(this.#newestMs ?? mediaMs, mediaMs);
    this.#playedAtMs = Math.max(this.#playedAtMs, nowMs) + lengthMs / BURST_RATE;
    return Math.max(0, this.#playedAtMs - nowMs - BURST_MS / BURST_RATE);
  }

  /** Waits as long as `waitMs` says; returns early when `signal` aborts. */
  async pace(mediaMs: number, signal: AbortSignal): Promise<void> {
    const waitMs = this.waitMs(mediaMs);
    // Timers have whole milliseconds: less is not worth one.
    if (waitMs >= 1) await delay(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

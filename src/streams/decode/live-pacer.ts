import type { Clock } from '../../core/clock.js';

/**
 * Media that is ahead of its time by less than this is let through: a source that delivers in real time, jitter and all, is
 * never held up.
 */
export const GRACE_MS = 250;

/** How much faster than its clock a source is played to lose its lag: 7.5 segments a second instead of 6. */
export const CATCH_UP_RATE = 1.25;

/** The first media may come in a burst of its own, of which nothing is learnt. */
const START_MS = 500;

/** What of a reserve counts as lag. */
export interface ReserveOptions {
  /** How long a reserve must have stood unused: longer than two bursts are apart. */
  readonly windowMs: number;
  /** The reserve that is left alone; not below `GRACE_MS`. */
  readonly keptMs: number;
}

/**
 * Plays a live source that delivers in bursts, such as a playlist of media segments, at the speed of its own clock.
 *
 * Where media comes late, everything after it is due later by as much: the reserve that bursts need builds itself. What
 * of the reserve was not needed for `windowMs` is lag, and is made up for at `CATCH_UP_RATE`: clocks that run apart and
 * stalls that are over leave none behind. All media times come from a `SourceClock`: they have no jumps.
 */
export class LivePacer {
  readonly #clock: Clock;
  readonly #options: ReserveOptions;
  /** Wall clock at which media time 0 is due, null before the first media. */
  #originMs: number | null = null;
  #lookedAtMs = 0;
  #newestMs = -Infinity;
  #windowEndMs = Infinity;
  /** Smallest reserve in this window. */
  #leastReserveMs = Infinity;
  /** Lag that is still to be made up for. */
  #lagMs = 0;

  constructor(clock: Clock, options: ReserveOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Lag that is being made up for at the moment, in ms. */
  get lagMs(): number {
    return this.#lagMs;
  }

  /** Media of this time has come, and waits. */
  arrived(mediaMs: number): void {
    this.#advance(mediaMs);
    this.#newestMs = Math.max(this.#newestMs, mediaMs);
  }

  /** How long to wait until media of this time is due, in ms. To be asked again after some of the wait: lag may have shown. */
  waitMs(mediaMs: number): number {
    const aheadMs = this.#advance(mediaMs) + mediaMs - this.#lookedAtMs;
    if (aheadMs < 0) this.#originMs! -= aheadMs;
    const rate = this.#lagMs > 0 ? CATCH_UP_RATE : 1;
    return Math.max(0, (aheadMs - GRACE_MS) / rate);
  }

  /** Moves to the present; returns the origin. */
  #advance(mediaMs: number): number {
    const nowMs = this.#clock.nowMs();
    if (this.#originMs === null) {
      this.#originMs = nowMs - mediaMs;
      this.#windowEndMs = nowMs + START_MS;
    }
    const passedMs = Math.max(0, nowMs - this.#lookedAtMs);
    const madeUpMs = Math.min(this.#lagMs, passedMs * (CATCH_UP_RATE - 1));
    this.#lagMs -= madeUpMs;
    this.#originMs -= madeUpMs;
    this.#lookedAtMs = nowMs;
    if (this.#newestMs > -Infinity) this.#noteReserve(this.#originMs + this.#newestMs - nowMs);
    if (nowMs >= this.#windowEndMs) this.#closeWindow(nowMs);
    return this.#originMs;
  }

  #noteReserve(reserveMs: number): void {
    this.#leastReserveMs = Math.min(this.#leastReserveMs, reserveMs);
    this.#lagMs = Math.min(this.#lagMs, Math.max(0, reserveMs - this.#options.keptMs));
  }

  #closeWindow(nowMs: number): void {
    this.#lagMs = Math.max(0, this.#leastReserveMs - this.#options.keptMs);
    this.#leastReserveMs = Infinity;
    this.#windowEndMs = nowMs + this.#options.windowMs;
  }
}

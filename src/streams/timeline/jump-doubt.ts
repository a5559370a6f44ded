import { ClockTrack } from './clock-track.js';

/** A live modality has to send as much media from a clock that jumped, before the jump is believed. */
export const BELIEF_US = 500_000;

/** Where both modalities jump by as much, give or take this, no damage did it. */
export const SAME_JUMP_US = 1_000_000;

/** A clock that never says the same twice is believed after as many frames, or as long: nothing better will come. */
const MAX_DOUBTED_FRAMES = 64;
const MAX_DOUBT_US = 5_000_000;

interface Landing {
  readonly clock: ClockTrack;
  readonly atUs: number;
  /** How far the clock jumped. */
  readonly jumpUs: number;
  /** Whether it is far enough for a timeline of its own. */
  readonly isJump: boolean;
}

/** One frame that lies apart from those that were believed. */
export interface OddFrame {
  readonly timeUs: number;
  readonly durationUs: number;
  readonly arrivedAtUs: number;
  /** How far it lies from where the last believed one ended. */
  readonly stepUs: number;
  /** Whether that is a jump, rather than only a leap ahead within the timeline. */
  readonly isJump: boolean;
}

/**
 * A jump of a live modality's clock that may be a damaged time stamp: one that damage made is gone with the next packet (which
 * may hold eight frames of sound), a true one goes on from where it landed.
 */
export class JumpDoubt {
  #landing: Landing | null = null;
  #numFrames = 0;
  #sinceUs = 0;

  /** The jump that is in doubt; null where none is. */
  get jump(): { readonly jumpUs: number; readonly isJump: boolean } | null {
    return this.#landing;
  }

  /** Whether a frame goes on from where the clock landed, rather than from `believedUs`, where it was expected before. */
  claims(timeUs: number, arrivedAtUs: number, believedUs: number): boolean {
    if (this.#landing === null) return false;
    const landedUs = this.#landing.clock.expectedUs(arrivedAtUs);
    return Math.abs(timeUs - landedUs) < Math.abs(timeUs - believedUs);
  }

  /** Takes an odd frame, and says whether it is to be believed. */
  note({ timeUs, durationUs, arrivedAtUs, stepUs, isJump }: OddFrame): boolean {
    const isWeary = this.#tire(arrivedAtUs);
    const goesOn = this.#landing !== null && !this.#landing.clock.hasJumped(timeUs, arrivedAtUs, true);
    if (this.#landing === null || !goesOn) {
      this.#landing = { clock: new ClockTrack(null), atUs: timeUs, jumpUs: stepUs, isJump };
    }
    const { clock, atUs } = this.#landing;
    clock.advance(timeUs, durationUs, arrivedAtUs, false);
    return isWeary || timeUs - atUs >= BELIEF_US;
  }

  /** Takes a frame without a date, which neither confirms nor refutes, and says whether to give up. */
  noteUndated(arrivedAtUs: number): boolean {
    return this.#tire(arrivedAtUs);
  }

  /** The clock is where it was, or the jump is believed. */
  settle(): void {
    this.#landing = null;
    this.#numFrames = 0;
  }

  #tire(arrivedAtUs: number): boolean {
    if (this.#numFrames === 0) this.#sinceUs = arrivedAtUs;
    this.#numFrames += 1;
    return this.#numFrames > MAX_DOUBTED_FRAMES || arrivedAtUs - this.#sinceUs > MAX_DOUBT_US;
  }
}

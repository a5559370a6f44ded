import { ClockTrack } from './clock-track.js';

/** A live modality has to send as much media from a clock that jumped, before the jump is believed. */
export const BELIEF_US = 500_000;

/** Where both modalities jump by as much, give or take this, no damage did it. */
export const SAME_JUMP_US = 1_000_000;

/** A clock that never says the same twice is believed after as many frames: nothing better will come. */
const MAX_DOUBTED_FRAMES = 64;

/**
 * A jump of a live modality's clock that may be a damaged time stamp: one that damage made is gone with the next packet (which
 * may hold eight frames of sound), a true one goes on from where it landed.
 */
export class JumpDoubt {
  #landed: { readonly clock: ClockTrack; readonly atUs: number; readonly jumpUs: number } | null = null;
  #numFrames = 0;

  /** How far the clock jumped that is in doubt; null where none is. */
  get jumpUs(): number | null {
    return this.#landed?.jumpUs ?? null;
  }

  /** Whether a frame goes on from where the clock landed, rather than from `believedUs`, where it was expected before. */
  claims(timeUs: number, arrivedAtUs: number, believedUs: number): boolean {
    if (this.#landed === null) return false;
    const landedUs = this.#landed.clock.expectedUs(arrivedAtUs);
    return Math.abs(timeUs - landedUs) < Math.abs(timeUs - believedUs);
  }

  /**
   * Takes a frame that lies apart from those that were believed, and says whether it is to be believed.
   * @param stepUs how far it lies from where the last believed one ended
   */
  note(timeUs: number, durationUs: number, arrivedAtUs: number, stepUs: number): boolean {
    this.#numFrames += 1;
    const goesOn = this.#landed !== null && !this.#landed.clock.hasJumped(timeUs, arrivedAtUs, true);
    if (this.#landed === null || !goesOn) {
      this.#landed = { clock: new ClockTrack(null), atUs: timeUs, jumpUs: stepUs };
    }
    const { clock, atUs } = this.#landed;
    clock.advance(timeUs, durationUs, arrivedAtUs, false);
    return timeUs - atUs >= BELIEF_US || this.#numFrames > MAX_DOUBTED_FRAMES;
  }

  /** The clock is where it was, or the jump is believed. */
  settle(): void {
    this.#landed = null;
    this.#numFrames = 0;
  }
}

/** A jump backwards by more than this starts a new timeline; a smaller one is disorder, and is nudged. */
export const REORDER_TOLERANCE_US = 500_000;

/** A live source whose clock runs ahead of the arrival clock at once by more than this has jumped. */
export const CLOCK_JUMP_US = 2_000_000;

/** How fast the memory of the best delay fades, so that a source whose clock runs slow is still watched. */
const BASELINE_LEAK = 1e-3;

/** Length of a frame that says nothing of its own, in µs. */
const FALLBACK_DURATION_US = 40_000;

/** One modality's clock as the source sends it: unwrapped, interpolated, and watched for jumps. Times in µs. */
export class ClockTrack {
  readonly #wrapPeriodUs: number | null;
  #lastUs: number | null = null;
  #durationUs = 0;
  #arrivedAtUs = 0;
  /** Highest `pts − arrival` seen lately: the delivery with the least delay. */
  #baselineUs = -Infinity;

  constructor(wrapPeriodUs: number | null) {
    this.#wrapPeriodUs = wrapPeriodUs;
  }

  /** Newest unwrapped time, null before the first. */
  get lastUs(): number | null {
    return this.#lastUs;
  }

  /**
   * The time of the next frame, unwrapped; interpolated where it is missing.
   * @param referenceUs what to unwrap the very first time against, or null
   */
  resolve(rawPtsUs: number | null, referenceUs: number | null): number {
    if (rawPtsUs === null) {
      if (this.#lastUs === null) return referenceUs ?? 0;
      return this.#lastUs + this.#durationUs;
    }
    const reference = this.#lastUs ?? referenceUs;
    if (this.#wrapPeriodUs === null || reference === null) return rawPtsUs;
    const turns = Math.round((reference - rawPtsUs) / this.#wrapPeriodUs);
    return Math.round(rawPtsUs + turns * this.#wrapPeriodUs);
  }

  /** How far `timeUs` is from where the last frame ended; 0 for the first. */
  stepUs(timeUs: number): number {
    return this.#lastUs === null ? 0 : timeUs - this.#lastUs - this.#durationUs;
  }

  /** Where the clock is at `arrivedAtUs`, if it runs as time does. Infinite before the first frame. */
  expectedUs(arrivedAtUs: number): number {
    return this.#lastUs === null ? Infinity : this.#lastUs + arrivedAtUs - this.#arrivedAtUs;
  }

  /** Whether the source's clock jumped between the last frame and this one. */
  hasJumped(timeUs: number, arrivedAtUs: number, live: boolean): boolean {
    if (this.#lastUs === null) return false;
    const stepUs = timeUs - this.#lastUs;
    if (stepUs < -REORDER_TOLERANCE_US) return true;
    return live && this.#isAheadBy(CLOCK_JUMP_US, timeUs, arrivedAtUs);
  }

  /** Whether the clock ran ahead of the arrival clock by so much that it could not be taken back without a jump. */
  hasLeapt(timeUs: number, arrivedAtUs: number): boolean {
    return this.#isAheadBy(REORDER_TOLERANCE_US, timeUs, arrivedAtUs);
  }

  #isAheadBy(limitUs: number, timeUs: number, arrivedAtUs: number): boolean {
    if (this.#lastUs === null) return false;
    const aheadOfArrivalUs = timeUs - this.#lastUs - (arrivedAtUs - this.#arrivedAtUs);
    return aheadOfArrivalUs > limitUs && timeUs - arrivedAtUs > this.#baselineUs + limitUs;
  }

  /** Moves on to a frame. `restart` forgets the delay that the clock had before it jumped. */
  advance(timeUs: number, durationUs: number, arrivedAtUs: number, restart: boolean): void {
    const delayUs = timeUs - arrivedAtUs;
    if (restart || this.#lastUs === null) {
      this.#baselineUs = delayUs;
    } else {
      const leakUs = BASELINE_LEAK * Math.max(0, arrivedAtUs - this.#arrivedAtUs);
      this.#baselineUs = Math.max(delayUs, this.#baselineUs - leakUs);
    }
    const observedUs = this.#lastUs === null ? 0 : timeUs - this.#lastUs;
    if (durationUs > 0) this.#durationUs = durationUs;
    else if (observedUs > 0 && observedUs < CLOCK_JUMP_US) this.#durationUs = observedUs;
    else if (this.#durationUs === 0) this.#durationUs = FALLBACK_DURATION_US;
    // Disorder does not take the clock back: the next frame is judged against the newest time.
    this.#lastUs = restart || this.#lastUs === null ? timeUs : Math.max(this.#lastUs, timeUs);
    this.#arrivedAtUs = arrivedAtUs;
  }
}

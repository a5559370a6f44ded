/**
 * Pearson's correlation of pairs that come one after another, in constant memory: means and co-moments are updated by Welford's
 * recurrence, which loses no digits where values are large beside their spread.
 */
export class RunningCorrelation {
  #count = 0;
  #meanX = 0;
  #meanY = 0;
  #momentXX = 0;
  #momentYY = 0;
  #momentXY = 0;

  /** Pairs so far. */
  get count(): number {
    return this.#count;
  }

  /** In [-1, 1]; null where it is not defined: fewer than two pairs, or one side that never changed. */
  get value(): number | null {
    if (this.#momentXX === 0 || this.#momentYY === 0) return null;
    const value = this.#momentXY / Math.sqrt(this.#momentXX) / Math.sqrt(this.#momentYY);
    return Math.max(-1, Math.min(1, value));
  }

  push(x: number, y: number): void {
    this.#count += 1;
    const [beforeX, beforeY] = [x - this.#meanX, y - this.#meanY];
    this.#meanX += beforeX / this.#count;
    this.#meanY += beforeY / this.#count;
    const afterY = y - this.#meanY;
    this.#momentXX += beforeX * (x - this.#meanX);
    this.#momentYY += beforeY * afterY;
    this.#momentXY += beforeX * afterY;
  }
}

import { NUM_LABELS } from '../../core/labels.js';

const INITIAL_ROWS = 2048;

/** Rows of one video while their number is not known yet. */
export class RowBuffer {
  #numRows = 0;
  #timesUs = new Float64Array(INITIAL_ROWS);
  #values = new Float32Array(INITIAL_ROWS * NUM_LABELS);

  /** Appends a copy of a row of 15. */
  add(timeUs: number, values: Float32Array): void {
    if (this.#numRows === this.#timesUs.length) this.#grow();
    this.#timesUs[this.#numRows] = timeUs;
    this.#values.set(values, this.#numRows * NUM_LABELS);
    this.#numRows += 1;
  }

  /** Copies of what was added, `[T]` and `[T, 15]`; the buffer is empty afterwards and may be filled again. */
  take(): { timesUs: Float64Array; values: Float32Array } {
    const timesUs = this.#timesUs.slice(0, this.#numRows);
    const values = this.#values.slice(0, this.#numRows * NUM_LABELS);
    this.#numRows = 0;
    return { timesUs, values };
  }

  #grow(): void {
    const [timesUs, values] = [this.#timesUs, this.#values];
    this.#timesUs = new Float64Array(2 * timesUs.length);
    this.#timesUs.set(timesUs);
    this.#values = new Float32Array(2 * values.length);
    this.#values.set(values);
  }
}

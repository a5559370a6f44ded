import { refuse } from './refuse.js';

const MAX_LINE_BYTES = 256;
/** The longest that occur are the 128 bits of a random generator's state. */
const MAX_LONG_BYTES = 32;
const TEXT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads the arguments of opcodes; never beyond the end. */
export class PickleCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
  }

  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), true);
  }

  /** Big-endian, as pickle has floats alone. */
  f64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(length: number): string {
    try {
      return TEXT.decode(this.bytes(length));
    } catch (cause) {
      if (cause instanceof TypeError) refuse('checkpoint holds text that is not UTF-8');
      throw cause;
    }
  }

  /** Up to the line break, which is passed over. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.position);
    const length = end - this.position;
    if (end < 0 || length > MAX_LINE_BYTES) refuse('checkpoint has a name without an end');
    const line = this.text(length);
    this.position++;
    return line;
  }

  /** A little-endian two's complement number of any length; a plain number where it fits. */
  long(length: number): number | bigint {
    if (length > MAX_LONG_BYTES)
      refuse('checkpoint holds a huge number', `${length} bytes`, `${MAX_LONG_BYTES}`);
    let value = 0n;
    const digits = this.bytes(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i]!);
    value = BigInt.asIntN(length * 8, value);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  #advance(length: number): number {
    const start = this.position;
    if (length > this.#bytes.byteLength - start) refuse('pickle of the checkpoint is cut short');
    this.position = start + length;
    return start;
  }
}

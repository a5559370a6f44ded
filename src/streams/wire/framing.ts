import { EvokedError } from '../../core/errors.js';

/** Bytes before each body: its length (uint32, little-endian) and the message's kind (uint8). */
export const HEADER_BYTES = 5;

/** Largest body in bytes of each kind of message that a reader accepts. */
export type WireLimits = ReadonlyMap<number, number>;

/** Takes one whole message; `body` shares memory with what was read and must be copied to be kept. */
export type OnWireMessage = (kind: number, body: Buffer) => void;

/** One message ready to write: header and `parts`, joined. */
export function frameMessage(kind: number, ...parts: readonly Uint8Array[]): Buffer {
  const numBytes = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const message = Buffer.allocUnsafe(HEADER_BYTES + numBytes);
  message.writeUInt32LE(numBytes, 0);
  message.writeUInt8(kind, 4);
  let at = HEADER_BYTES;
  for (const part of parts) {
    message.set(part, at);
    at += part.byteLength;
  }
  return message;
}

/**
 * Cuts a byte stream into messages, however it was chopped. Holds one unfinished message at most, and none that is
 * longer than its kind allows: the limit is checked before anything is allocated.
 */
export class WireReader {
  readonly #limits: WireLimits;
  readonly #onMessage: OnWireMessage;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #numHeader = 0;
  #body: Buffer | null = null;
  #numBody = 0;

  constructor(limits: WireLimits, onMessage: OnWireMessage) {
    this.#limits = limits;
    this.#onMessage = onMessage;
  }

  /**
   * Takes the next bytes and hands out every message that they finish.
   * @throws {EvokedError} ERR_DECODE_WIRE on an unknown kind or a body beyond its limit; nothing can be read after that
   */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body === null) {
        at = this.#readHeader(chunk, at);
        if (this.#numHeader < HEADER_BYTES) return;
        const numBytes = this.#checkedLength();
        if (chunk.length - at >= numBytes) {
          this.#finish(chunk.subarray(at, at + numBytes));
          at += numBytes;
          continue;
        }
        this.#body = Buffer.allocUnsafeSlow(numBytes);
        this.#numBody = 0;
      }
      const copied = chunk.copy(this.#body, this.#numBody, at);
      at += copied;
      this.#numBody += copied;
      if (this.#numBody === this.#body.length) this.#finish(this.#body);
    }
  }

  /**
   * The stream is over.
   * @throws {EvokedError} ERR_DECODE_WIRE when it ended inside a message
   */
  end(): void {
    if (this.#numHeader === 0) return;
    const got = `${this.#numHeader + this.#numBody} bytes of it`;
    throw new EvokedError('ERR_DECODE_WIRE', { what: 'The stream ended inside a message', got });
  }

  #readHeader(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#header, this.#numHeader, at, at + HEADER_BYTES - this.#numHeader);
    this.#numHeader += copied;
    return at + copied;
  }

  #checkedLength(): number {
    const numBytes = this.#header.readUInt32LE(0);
    const kind = this.#header.readUInt8(4);
    const limit = this.#limits.get(kind);
    if (limit === undefined) {
      throw new EvokedError('ERR_DECODE_WIRE', { what: 'A message is of no known kind', got: String(kind) });
    }
    if (numBytes > limit) {
      throw new EvokedError('ERR_DECODE_WIRE', {
        what: `A message of kind ${kind} is too long`,
        got: `${numBytes} bytes`,
        expected: `at most ${limit}`,
      });
    }
    return numBytes;
  }

  #finish(body: Buffer): void {
    const kind = this.#header.readUInt8(4);
    this.#numHeader = 0;
    this.#body = null;
    this.#numBody = 0;
    this.#onMessage(kind, body);
  }
}

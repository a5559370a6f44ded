import { randomBytes } from 'node:crypto';
import { RtmpViolation } from './rtmp-violation.js';

const VERSION = 3;
const BLOCK_BYTES = 1536;

/** Time and zero: the version of a peer that signs nothing, so that none is asked for a signature. */
const PLAIN_BYTES = 8;

/** The server's side of the plain handshake: a version and a block from either side, and each block sent back. */
export class Handshake {
  readonly #send: (bytes: Buffer) => void;
  #held: Buffer = Buffer.alloc(0);
  #hasAnswered = false;

  constructor(send: (bytes: Buffer) => void) {
    this.#send = send;
  }

  /**
   * Takes the next bytes. Holds two blocks at most.
   * @returns null until the handshake is over; then what came behind it
   * @throws {RtmpViolation} where the first byte is not that of RTMP
   */
  push(bytes: Buffer): Buffer | null {
    this.#held = Buffer.concat([this.#held, bytes]);
    const [version] = this.#held;
    if (version !== undefined && version !== VERSION) throw new RtmpViolation('the peer does not speak RTMP');
    if (!this.#hasAnswered && this.#held.length >= 1 + BLOCK_BYTES) {
      this.#hasAnswered = true;
      const hello = Buffer.concat([Buffer.alloc(PLAIN_BYTES), randomBytes(BLOCK_BYTES - PLAIN_BYTES)]);
      this.#send(Buffer.concat([Buffer.of(VERSION), hello, this.#held.subarray(1, 1 + BLOCK_BYTES)]));
    }
    return this.#held.length < 1 + 2 * BLOCK_BYTES ? null : this.#held.subarray(1 + 2 * BLOCK_BYTES);
  }
}

import { once } from 'node:events';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodeMedia, type ChildMessage } from '../wire/media-messages.js';

/** Bytes that may wait for the reader before decoding stops. */
const HIGH_WATER_BYTES = 1024 * 1024;

/** The child's way to the server's process. */
export class MediaOutput {
  readonly #stream: Writable;
  #isClosed = false;

  constructor(stream: Writable) {
    this.#stream = stream;
  }

  /** Nobody reads fast enough: wait for `drained` before making more. */
  get isFull(): boolean {
    return this.#stream.writableLength > HIGH_WATER_BYTES;
  }

  send(message: ChildMessage): void {
    if (!this.#isClosed) this.#stream.write(encodeMedia(message));
  }

  /** A sign of life, unless unread bytes are one already. */
  sendHeartbeat(): void {
    if (this.#stream.writableLength === 0)
      this.send({ type: 'heartbeat', residentBytes: process.memoryUsage.rss() });
  }

  /** Lets timers and stdin have their turn, and waits while nobody reads. */
  async breathe(): Promise<void> {
    if (this.isFull) await this.drained();
    else await nextTurn();
  }

  /** Resolves once everything was taken, or nobody will. */
  async drained(): Promise<void> {
    if (this.#stream.writableNeedDrain) await once(this.#stream, 'drain').catch(() => undefined);
  }

  /** Whatever is sent from now on is not. */
  close(): void {
    this.#isClosed = true;
  }
}

/** The process's standard output as a pipe that is written to without blocking, which `process.stdout` does. */
export function openStandardOutput(): Writable {
  const socket = new Socket({ fd: 1, readable: false, writable: true });
  // The reader is gone: the end of stdin says so, too.
  socket.on('error', () => undefined);
  return socket;
}

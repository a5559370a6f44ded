import type { Socket } from 'node:net';
import { Publisher } from './protocol/publisher.js';
import type { ClosedConnections } from './receiver-wire.js';

/** Why this side closed a connection. */
export type CloseReason = keyof ClosedConnections;

/** Media of one publisher that may be on its way to the server before its socket is not read any further, in bytes. */
export const WINDOW_BYTES = 1024 * 1024;

/** What may wait for a peer that does not read: answers are short. */
const MAX_UNSENT_BYTES = 64 * 1024;

/** How long a peer may take to read the last answer. */
const FAREWELL_MS = 1000;

/** What the owner of a `Connection` is told. */
export interface ConnectionEvents {
  publish(key: string): void;
  media(bytes: Buffer): void;
  /** This side is closing it. At most once. */
  closing(reason: CloseReason): void;
  /** The socket is gone. Once. */
  closed(wasAccepted: boolean): void;
}

/** A sender's socket: read only as fast as its media is taken further, and closed when it is late. */
export class Connection {
  readonly #socket: Socket;
  readonly #events: ConnectionEvents;
  readonly #publisher: Publisher;
  /** When it came; since it publishes, when its last media did. Monotonic. */
  #lastMs = performance.now();
  #state: 'stranger' | 'asking' | 'publishing' | 'closing' = 'stranger';
  #wasAccepted = false;
  #numOnTheWay = 0;

  constructor(socket: Socket, events: ConnectionEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#publisher = new Publisher({
      send: (bytes) => this.#send(bytes),
      publish: (key) => {
        this.#state = 'asking';
        socket.pause();
        events.publish(key);
      },
      media: (bytes) => this.#onMedia(bytes),
      done: (reason) => this.#finish(reason === 'refused' ? 'refused' : null),
    });
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    // Tells nothing that its end does not.
    socket.on('error', () => undefined);
    socket.on('close', () => events.closed(this.#wasAccepted));
  }

  /** Whether its key was not accepted yet. */
  get isStranger(): boolean {
    return this.#state === 'stranger' || this.#state === 'asking';
  }

  accept(): void {
    if (this.#state !== 'asking') return;
    this.#state = 'publishing';
    this.#wasAccepted = true;
    this.#lastMs = performance.now();
    this.#guarded(() => this.#publisher.accept());
    this.#readOrWait();
  }

  refuse(description: string): void {
    if (this.#state === 'asking') this.#publisher.refuse(description);
  }

  /** So many bytes of its media were taken further. */
  credit(numBytes: number): void {
    this.#numOnTheWay -= numBytes;
    this.#readOrWait();
  }

  closeIfLate(greetingTimeoutMs: number, idleTimeoutMs: number): void {
    const waitedMs = performance.now() - this.#lastMs;
    if (this.isStranger && waitedMs > greetingTimeoutMs) this.closeAs('timeout');
    // One that is kept waiting is silent rightly.
    if (this.#state === 'publishing' && waitedMs > idleTimeoutMs && !this.#socket.isPaused())
      this.closeAs('idle');
  }

  closeAs(reason: CloseReason): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#events.closing(reason);
    this.#socket.destroy();
  }

  destroy(): void {
    this.#state = 'closing';
    this.#socket.destroy();
  }

  #onData(bytes: Buffer): void {
    if (this.#state !== 'closing') this.#guarded(() => this.#publisher.push(bytes));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch {
      // Whatever it was that the peer sent: it concerns this connection alone.
      this.closeAs('malformed');
    }
  }

  #onMedia(bytes: Buffer): void {
    this.#lastMs = performance.now();
    this.#numOnTheWay += bytes.length;
    this.#events.media(bytes);
    this.#readOrWait();
  }

  #readOrWait(): void {
    if (this.#state !== 'publishing') return;
    if (this.#numOnTheWay >= WINDOW_BYTES) this.#socket.pause();
    else if (this.#socket.isPaused()) {
      this.#lastMs = performance.now();
      this.#socket.resume();
    }
  }

  #send(bytes: Buffer): void {
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) this.closeAs('malformed');
    else this.#socket.write(bytes);
  }

  /** Closes once the last answer is out, which the peer should read. */
  #finish(reason: CloseReason | null): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    if (reason !== null) this.#events.closing(reason);
    // What still comes is read and dropped: closing over unread bytes would take the answer back.
    this.#socket.resume();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
  }
}

import type { ServerMessage } from '../../src/core/protocol.js';
import type { MessageSink, SubscriptionEnd } from '../../src/server/delivery/subscriber.js';
import type { WireMessage } from '../../src/server/delivery/wire-message.js';

/** A connection that takes bytes when the test says so. */
export class FakeSink implements MessageSink {
  readonly written: WireMessage[] = [];
  ended: SubscriptionEnd | null = null;
  #untaken: { readonly numBytes: number; readonly onTaken: () => void }[] = [];

  /** @param isReading true takes everything at once (but never before `write` returns) */
  constructor(public isReading: boolean) {}

  get bufferedBytes(): number {
    return this.#untaken.reduce((sum, { numBytes }) => sum + numBytes, 0);
  }

  get messages(): ServerMessage[] {
    return this.written.map(({ json }) => JSON.parse(json.toString()) as ServerMessage);
  }

  write(message: WireMessage, onTaken: () => void): void {
    this.written.push(message);
    this.#untaken.push({ numBytes: message.json.length, onTaken });
    if (this.isReading) queueMicrotask(() => this.take());
  }

  end(end: SubscriptionEnd): void {
    this.ended = end;
  }

  /** The other side reads everything that was written. */
  take(): void {
    for (const { onTaken } of this.#untaken.splice(0)) onTaken();
  }
}

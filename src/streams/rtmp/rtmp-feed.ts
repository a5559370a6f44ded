import type { PushInlet, PushSender } from '../push/pushed-media.js';

/** What a feed does to the connection that it belongs to. */
export interface RtmpFeedEvents {
  /** So many bytes were taken further. */
  credit(numBytes: number): void;
  /** The stream takes nothing more from this connection. */
  over(): void;
}

/** The way of one publisher's media into its stream: the publisher is given room only as the stream takes what came. */
export class RtmpFeed {
  readonly #events: RtmpFeedEvents;
  readonly #sender: PushSender;
  #numOwed = 0;
  #isOver = false;

  /** @throws {EvokedError} ERR_INGEST_BUSY */
  constructor(inlet: PushInlet, events: RtmpFeedEvents) {
    this.#events = events;
    this.#sender = inlet.begin(
      { type: 'container', container: 'flv' },
      { drain: () => this.#pay(), progress: () => undefined, over: () => this.#onOver() },
    );
  }

  write(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#numOwed += bytes.length;
    if (this.#sender.write(bytes)) this.#pay();
  }

  /**
   * The publisher is gone, with or without a goodbye: an encoder that stops is a camera that went away, and may come back, but
   * takes nothing up again. May be called twice.
   */
  lose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sender.leave();
  }

  #pay(): void {
    const numBytes = this.#numOwed;
    this.#numOwed = 0;
    if (numBytes > 0 && !this.#isOver) this.#events.credit(numBytes);
  }

  #onOver(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.over();
  }
}

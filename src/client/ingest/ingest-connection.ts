import type { IngestReply, IngestRequest } from '../../core/protocol.js';
import { ingestAddress, offeredProtocols } from '../addresses.js';
import type { StreamTarget } from '../options.js';
import type { PushWebSocket, PushWebSocketConstructor } from '../web-socket.js';

/** What the owner of a connection is told. */
export interface IngestConnectionEvents {
  open(): void;
  reply(reply: IngestReply): void;
  /** The connection is gone; `heard` where anything had come over it. Nothing follows. */
  gone(detail: string, heard: boolean): void;
}

/** One WebSocket to `/ingest`, which counts as lost where an answer is due for too long. */
export class IngestConnection {
  readonly #socket: PushWebSocket;
  readonly #events: IngestConnectionEvents;
  readonly #silenceMs: number;
  #silenceTimer: ReturnType<typeof setTimeout> | undefined;
  #heard = false;
  #gone = false;
  #detail = '';

  constructor(
    WebSocket: PushWebSocketConstructor,
    target: StreamTarget,
    silenceMs: number,
    events: IngestConnectionEvents,
  ) {
    this.#events = events;
    this.#silenceMs = silenceMs;
    const socket = new WebSocket(ingestAddress(target), offeredProtocols(target));
    this.#socket = socket;
    this.#expectAnswer();
    socket.onopen = () => {
      this.#answered();
      if (!this.#gone) events.open();
    };
    socket.onmessage = ({ data }) => {
      if (this.#gone) return;
      this.#heard = true;
      this.#answered();
      events.reply(JSON.parse(String(data)) as IngestReply);
    };
    socket.onclose = () => this.#lose();
    // Most platforms close after an error; Node 22 does not when the server refuses the upgrade.
    socket.onerror = ({ message }) => {
      this.#detail = message ?? '';
      this.#lose();
    };
  }

  send(request: IngestRequest): void {
    this.#expectAnswer();
    this.#socket.send(JSON.stringify(request));
  }

  sendMedia(bytes: Uint8Array<ArrayBuffer>): void {
    this.#expectAnswer();
    this.#socket.send(bytes);
  }

  /** Says nothing more to its owner. */
  close(): void {
    this.#gone = true;
    this.#answered();
    this.#socket.close(1000);
  }

  #expectAnswer(): void {
    this.#silenceTimer ??= setTimeout(() => {
      this.#detail = 'the server did not answer for too long';
      this.#lose();
      this.#socket.close();
    }, this.#silenceMs);
  }

  #answered(): void {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = undefined;
  }

  #lose(): void {
    this.#answered();
    if (this.#gone) return;
    this.#gone = true;
    this.#events.gone(this.#detail, this.#heard);
  }
}

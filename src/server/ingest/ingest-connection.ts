import type { Logger } from 'pino';
import type { SchedulerLike } from 'rxjs';
import type { WebSocket } from 'ws';
import { EvokedError } from '../../core/errors.js';
import type { IngestReply } from '../../core/protocol.js';
import type { PushForm, PushInlet, PushSender } from '../../streams/push/pushed-media.js';
import { endSocket } from '../delivery/websocket-sinks.js';
import { describeError } from '../http/errors.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import { AckTimer } from './ack-timer.js';
import { parseIngestRequest } from './ingest-request.js';

/** Largest piece of a container in one message. */
export const MAX_PIECE_BYTES = 4 * 1024 * 1024;

/** Acknowledgements that may wait for a peer that reads nothing. */
const MAX_UNREAD_BYTES = 64 * 1024;

/** What a connection of a sender needs. */
export interface IngestConnectionOptions {
  readonly socket: WebSocket;
  readonly stream: string;
  /** Where the stream is pushed to at the moment; throws where it is not. */
  readonly inlet: () => PushInlet;
  /** For how long a lost connection may be taken up again. */
  readonly resumeMs: number;
  readonly scheduler: SchedulerLike;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** One WebSocket over which media is pushed: idle → start → sending → stop → idle …; a failure closes it. */
export class IngestConnection {
  readonly #options: IngestConnectionOptions;
  readonly #acks: AckTimer;
  #sender: PushSender | null = null;
  #form: PushForm | null = null;
  #isClosed = false;

  constructor(options: IngestConnectionOptions) {
    this.#options = options;
    this.#acks = new AckTimer(options.scheduler, () => this.#acknowledge());
    const { socket } = options;
    socket.on('message', (data: Buffer, isBinary) => {
      if (!this.#isClosed) this.#guarded(() => (isBinary ? this.#take(data) : this.#ask(data.toString())));
    });
    socket.once('close', () => this.#leave());
  }

  /** Tells the sender, whatever it does at the moment, and closes. */
  end(error: EvokedError): void {
    if (!this.#isClosed) this.#fail(error);
  }

  #ask(text: string): void {
    const wish = parseIngestRequest(text);
    if (wish.type === 'start') this.#start(wish.form, wish.resume);
    else this.#sender?.end();
  }

  #start(form: PushForm, token: string | null): void {
    const { inlet: findInlet, stream, resumeMs, log } = this.#options;
    const inlet = findInlet();
    const before = this.#sender;
    this.#sender = null;
    before?.end();
    const events = {
      drain: () => this.#options.socket.resume(),
      progress: () => this.#acks.touch(),
      over: (error: Error | null) => this.#over(sender, error),
    };
    const sender: PushSender = token === null ? inlet.begin(form, events) : inlet.resume(token, events);
    this.#sender = sender;
    this.#form = form;
    log.info({ stream, resumed: token !== null, fromByte: sender.numBytes }, 'a sender pushes');
    this.#reply({ type: 'ready', resume: sender.resumeToken, bytes: sender.numBytes, resumeMs });
  }

  #take(bytes: Buffer): void {
    if (this.#form === null) {
      throw new EvokedError('ERR_INGEST_MESSAGE', { what: 'media came before start' });
    }
    if (this.#form.type === 'container' && bytes.length > MAX_PIECE_BYTES) {
      throw new EvokedError('ERR_INGEST_MESSAGE', {
        what: 'a message is too large',
        got: `${bytes.length} bytes`,
        expected: `at most ${MAX_PIECE_BYTES}`,
      });
    }
    this.#options.metrics.ingested(bytes.length);
    // What comes behind the end of a container is not looked at.
    if (this.#sender === null) return;
    if (!this.#sender.write(bytes)) this.#options.socket.pause();
    this.#acks.touch();
  }

  #over(sender: PushSender, error: Error | null): void {
    if (this.#sender !== sender || this.#isClosed) return;
    if (error !== null) {
      this.#fail(error);
      return;
    }
    this.#options.socket.resume();
    this.#acks.flush();
    this.#sender = null;
  }

  #acknowledge(): void {
    const { socket } = this.#options;
    if (this.#sender === null || socket.bufferedAmount > MAX_UNREAD_BYTES) return;
    this.#reply({ type: 'ack', bytes: this.#sender.numBytes, ptsUs: this.#sender.ptsUs });
  }

  #reply(reply: IngestReply): void {
    this.#options.socket.send(JSON.stringify(reply), () => undefined);
  }

  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(thrown: unknown): void {
    const { socket, scheduler, metrics, log, stream } = this.#options;
    const { code, message } = describeError(thrown).error;
    log.info({ stream, code, detail: message }, 'a sender was turned away');
    metrics.ingestRefused(code);
    this.#leave();
    // The peer's own closing word has to be read.
    socket.resume();
    endSocket(socket, { type: 'error', code, message }, scheduler);
  }

  #leave(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#acks.stop();
    this.#sender?.lose();
  }
}

import type { HelloMessage, PackInfo, ServerMessage, StreamState } from '../../../src/core/protocol.js';
import { RunningAgreement } from './agreement.js';
import { describeBreak, describeEpoch, EventLog } from './event-log.js';
import { momentOf, ScoreWindow } from './score-window.js';
import { StreamFigures } from './stream-figures.js';

/** Where a subscription stands. */
export type Connection = 'opening' | 'open' | 'lost' | 'refused' | 'over';

/** All that this page knows about the stream it watches, from the messages of its subscription. Free of the DOM. */
export class WatchedStream {
  readonly id: string;
  readonly window = new ScoreWindow();
  readonly figures = new StreamFigures();
  readonly log = new EventLog();
  /** Over everything this page has seen of this life of the stream. */
  agreement = new RunningAgreement();
  connection: Connection = 'opening';
  state: StreamState = 'connecting';
  detail = '';
  pack: PackInfo | null = null;
  epoch: number | null = null;
  #session: string | null = null;
  /** Where the stream stood when the connection opened: what comes before is history. */
  #liveFrom: { readonly epoch: number; readonly seq: number } | null = null;
  #capturedAtMs: number | null = null;
  latest: { readonly epoch: number; readonly seq: number; readonly receivedAtMs: number } | null = null;

  constructor(id: string) {
    this.id = id;
  }

  receive(message: ServerMessage, nowMs: number): void {
    switch (message.type) {
      case 'hello':
        this.#hello(message, nowMs);
        break;
      case 'score':
        if (!this.window.push(message)) break;
        this.figures.pushScore(message);
        this.agreement.push(momentOf(message));
        this.epoch = message.epoch;
        this.#capturedAtMs = message.capturedAtMs;
        this.latest = { epoch: message.epoch, seq: message.seq, receivedAtMs: nowMs };
        break;
      case 'gap':
        if (!this.window.push(message)) break;
        this.figures.pushGap(message);
        this.log.add(
          'break',
          describeBreak(message.reason, message.toSeq - message.fromSeq + 1),
          this.#happenedAtMs(message.epoch, message.toSeq, nowMs),
        );
        break;
      case 'epoch':
        if (!this.window.push(message)) break;
        this.epoch = message.epoch;
        this.log.add(
          'epoch',
          describeEpoch(message.epoch, message.reason),
          this.#happenedAtMs(message.epoch, -1, nowMs),
        );
        break;
      case 'status':
        this.#status(message.state, message.detail, nowMs);
        break;
      case 'end':
        // The server may come back, and the stream with it; the connection is about to be lost.
        if (message.reason === 'shutdown') break;
        this.connection = 'over';
        // What the server said of it before is more than the reason.
        if (this.state !== 'failed' && !(this.state === 'ended' && this.detail !== ''))
          this.#status('ended', message.reason, nowMs);
        break;
      case 'error':
        this.log.add('connection', `${message.code}: ${message.message}`, nowMs);
        break;
    }
  }

  /** The subscription's connection changed; `detail` is the server's word, where it refused. */
  connectionIs(connection: Connection, nowMs: number, detail = ''): void {
    if (connection === this.connection || this.connection === 'over') return;
    if (connection === 'refused')
      this.log.add('connection', `The server refuses this page: ${detail}`, nowMs);
    if (connection === 'lost') this.log.add('connection', 'Connection lost; trying again', nowMs);
    if (connection === 'open' && this.connection === 'lost') {
      this.log.add('connection', 'Connected again; resumed after the last score', nowMs);
    }
    this.connection = connection;
  }

  #hello(hello: HelloMessage, nowMs: number): void {
    if (this.connection === 'over') this.connection = 'opening';
    this.connectionIs('open', nowMs);
    this.pack = hello.pack;
    if (hello.state !== this.state) this.#status(hello.state, '', nowMs);
    if (this.#session !== null && hello.session !== this.#session) {
      this.latest = null;
      this.window.restart();
      this.agreement = new RunningAgreement();
    }
    this.#session = hello.session;
    this.#liveFrom = { epoch: hello.epoch, seq: hello.nextSeq };
    this.epoch = hello.epoch < 0 ? null : hello.epoch;
  }

  /** Gaps and epochs carry no wall clock; in history the score before them tells about when they were. */
  #happenedAtMs(epoch: number, seq: number, nowMs: number): number {
    const live = this.#liveFrom;
    const isHistory = live !== null && (epoch < live.epoch || (epoch === live.epoch && seq < live.seq));
    return isHistory ? (this.#capturedAtMs ?? nowMs) : nowMs;
  }

  #status(state: StreamState, detail: string, nowMs: number): void {
    if (state !== this.state || detail !== this.detail) {
      this.log.add('status', detail === '' ? `Now ${state}` : `Now ${state}: ${detail}`, nowMs);
    }
    this.state = state;
    this.detail = detail;
  }
}

import type { EpochStart, Gap } from '../../core/media.js';
import type { HistoryGap, ScoreMessage, ServerMessage } from '../../core/protocol.js';
import type { Position } from './since.js';

/** A message that has a place in the order of a stream. */
export type OrderedMessage = EpochStart | Gap | HistoryGap | ScoreMessage;

/**
 * A message turned into bytes once, whatever the number of subscribers. `position` is what a subscriber that has it
 * would resume from; null where the message has no place in the order.
 */
export class WireMessage {
  readonly position: Position | null;
  readonly json: Buffer;
  /** When the score left the model, on the steady clock in ms; null for all other messages. */
  readonly publishedAtMs: number | null;
  #serverSentEvent: Buffer | null = null;

  /** @param nowMs of the steady clock; of no interest where the message is no score */
  constructor(message: ServerMessage, nowMs: number | null = null) {
    this.position = positionOf(message);
    this.json = Buffer.from(JSON.stringify(message));
    this.publishedAtMs = message.type === 'score' ? nowMs : null;
  }

  /** The same as a server-sent event; `id` is the position, so that Last-Event-ID resumes. */
  get serverSentEvent(): Buffer {
    const id = this.position === null ? '' : `id: ${this.position.epoch}:${this.position.seq}\n`;
    this.#serverSentEvent ??= Buffer.concat([Buffer.from(`${id}data: `), this.json, Buffer.from('\n\n')]);
    return this.#serverSentEvent;
  }
}

function positionOf(message: ServerMessage): Position | null {
  switch (message.type) {
    case 'epoch':
      return { epoch: message.epoch, seq: -1 };
    case 'gap':
      return { epoch: message.epoch, seq: message.toSeq };
    case 'score':
      return { epoch: message.epoch, seq: message.seq };
    default:
      return null;
  }
}

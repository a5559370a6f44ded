import type { HelloMessage, ServerMessage } from '../core/protocol.js';

/** How far a subscription is: what to resume from, and what is known already. */
export class Cursor {
  #epoch = -1;
  #seq = -1;
  /** False until there is something to resume from. */
  #started = false;
  #session: string | undefined;

  constructor(since: string | undefined, session: string | undefined) {
    this.#session = session;
    if (since === undefined) return;
    const [, epoch, seq] = /^(-1|\d+):(-1|\d+)$/.exec(since) ?? [];
    if (epoch === undefined || seq === undefined) {
      throw new TypeError(`since cannot be read; got ${JSON.stringify(since)}; expected EPOCH:SEQ`);
    }
    this.#started = true;
    this.#move(Number(epoch), Number(seq));
  }

  /** Query of the next connection. */
  get query(): string {
    const query = new URLSearchParams();
    if (this.#started) query.set('since', `${this.#epoch}:${this.#seq}`);
    if (this.#session !== undefined) query.set('session', this.#session);
    return query.toString();
  }

  /** Whether a message is news; moves on if it is. */
  accept(message: ServerMessage): boolean {
    switch (message.type) {
      case 'hello':
        this.#meet(message);
        return true;
      case 'epoch':
        return this.#advance(message.epoch, -1);
      case 'gap':
        return this.#advance(message.epoch, message.toSeq);
      case 'score':
        return this.#advance(message.epoch, message.seq);
      default:
        return true;
    }
  }

  #meet({ session, epoch, nextSeq }: HelloMessage): void {
    const isAhead = this.#epoch > epoch || (this.#epoch === epoch && this.#seq >= nextSeq);
    const isOtherLife = isAhead || (this.#session !== undefined && this.#session !== session);
    if (!this.#started) this.#move(epoch, nextSeq - 1);
    else if (isOtherLife) this.#move(-1, -1);
    this.#started = true;
    this.#session = session;
  }

  #advance(epoch: number, seq: number): boolean {
    if (epoch < this.#epoch || (epoch === this.#epoch && seq <= this.#seq)) return false;
    this.#move(epoch, seq);
    return true;
  }

  #move(epoch: number, seq: number): void {
    this.#epoch = epoch;
    this.#seq = seq;
  }
}

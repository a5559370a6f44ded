import type { EpochStart, Gap, Segment } from '../../core/media.js';

/** A segment in the line, and what became of it. */
export interface Ticket<R> {
  readonly type: 'ticket';
  readonly segment: Segment;
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** The result when `done`, the error when `failed`. */
  outcome: R | undefined;
  error: unknown;
}

type Item<R> = EpochStart | Gap | Ticket<R>;

/**
 * Segments on their way through inference, in order, with the gaps and epochs between them. Segments that are dropped leave
 * an overload gap in their place; neighbours become one. An epoch of which nothing is left is forgotten as a whole, so
 * that the line never grows beyond a few items a waiting segment.
 */
export class WaitingLine<R> {
  readonly #items: Item<R>[] = [];
  #numWaiting = 0;
  #numRunning = 0;

  get numWaiting(): number {
    return this.#numWaiting;
  }

  get numRunning(): number {
    return this.#numRunning;
  }

  /** Items of all kinds. */
  get length(): number {
    return this.#items.length;
  }

  push(event: EpochStart | Gap | Segment): void {
    if (event.type !== 'segment') {
      this.#items.push(event);
      return;
    }
    this.#items.push({
      type: 'ticket',
      segment: event,
      state: 'waiting',
      outcome: undefined,
      error: undefined,
    });
    this.#numWaiting += 1;
  }

  /** Takes the longest waiting segment to work, null when none waits. */
  start(): Ticket<R> | null {
    const ticket = this.#items.find((item) => item.type === 'ticket' && item.state === 'waiting');
    if (ticket?.type !== 'ticket') return null;
    ticket.state = 'running';
    this.#numWaiting -= 1;
    this.#numRunning += 1;
    return ticket;
  }

  /** Notes the end of a ticket's work. */
  finish(ticket: Ticket<R>, end: { readonly outcome: R } | { readonly error: unknown }): void {
    this.#numRunning -= 1;
    if ('error' in end) {
      ticket.state = 'failed';
      ticket.error = end.error;
    } else {
      ticket.state = 'done';
      ticket.outcome = end.outcome;
    }
  }

  /** Takes the head of the line if nothing before it is still to come, else null. */
  shift(): Item<R> | null {
    const head = this.#items[0];
    if (head === undefined) return null;
    if (head.type === 'ticket' && (head.state === 'waiting' || head.state === 'running')) return null;
    this.#items.shift();
    return head;
  }

  /** Drops the longest waiting segment for an overload gap. */
  dropOldest(): void {
    const index = this.#items.findIndex((item) => item.type === 'ticket' && item.state === 'waiting');
    const item = this.#items[index];
    if (item?.type !== 'ticket') return;
    const { epoch, seq } = item.segment;
    this.#items[index] = { type: 'gap', epoch, fromSeq: seq, toSeq: seq, reason: 'overload' };
    this.#numWaiting -= 1;
    this.#joinBefore(index + 1);
    this.#forgetEmptyEpoch(this.#joinBefore(index));
  }

  /** Joins the item at `index` to the one before it where both are gaps of a kind; returns where it is then. */
  #joinBefore(index: number): number {
    const [before, item] = [this.#items[index - 1], this.#items[index]];
    if (before?.type !== 'gap' || item?.type !== 'gap' || before.epoch !== item.epoch) return index;
    const isCrowded = this.#items.length > 4 * (this.#numWaiting + this.#numRunning) + 8;
    if (before.reason !== item.reason && !isCrowded) return index;
    this.#items.splice(index - 1, 2, { ...before, toSeq: item.toSeq, reason: 'overload' });
    return index - 1;
  }

  #forgetEmptyEpoch(index: number): void {
    let first = index;
    while (this.#items[first]?.type === 'gap') first -= 1;
    let after = index;
    while (this.#items[after]?.type === 'gap') after += 1;
    if (this.#items[first]?.type !== 'epoch' || this.#items[after]?.type !== 'epoch') return;
    this.#items.splice(first, after - first);
  }
}

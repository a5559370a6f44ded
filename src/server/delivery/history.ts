import type { EpochReason } from '../../core/media.js';
import { comparePositions, type Position } from './since.js';
import { WireMessage, type OrderedMessage } from './wire-message.js';

/** Epochs whose extent is still known after their messages were overwritten. */
const MAX_FORGOTTEN_EPOCHS = 256;

interface ForgottenEpoch {
  readonly epoch: number;
  readonly reason: EpochReason;
  /** The last seq of the epoch that was overwritten, -1 for none. */
  lastSeq: number;
}

/** Where a subscriber continues: what it can no longer get, then the ring from `nextIndex` on. */
export interface ResumePoint {
  /** Stand-ins for overwritten messages: gaps of reason `history` and the epochs between them. */
  readonly lost: readonly WireMessage[];
  /** Index of the first message to send from the ring; counts all messages ever added. */
  readonly nextIndex: number;
}

/**
 * The last messages of a stream, in order and already turned into bytes. Messages are numbered from 0 as they are
 * added; those from `firstIndex` to `endIndex - 1` are held. The ring is also every subscriber's queue: a subscriber is
 * an index into it, so a slow one costs no memory.
 */
export class History {
  readonly #ring: (WireMessage | undefined)[];
  readonly #capacity: number;
  /** Oldest first; what `lost` is told from. */
  readonly #forgotten: ForgottenEpoch[] = [];
  /** Reasons of the epochs that are still in the ring. */
  readonly #reasons = new Map<number, EpochReason>();
  #endIndex = 0;

  /** @param capacity messages held, at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#ring = [];
  }

  get firstIndex(): number {
    return Math.max(0, this.#endIndex - this.#capacity);
  }

  get endIndex(): number {
    return this.#endIndex;
  }

  /** What a subscriber that had everything before the ring would resume from; null while the ring is empty. */
  get oldestPosition(): Position | null {
    return this.#endIndex === 0 ? null : this.#positionAt(this.firstIndex);
  }

  /** The position of the newest message; null while the ring is empty. */
  get newestPosition(): Position | null {
    return this.#endIndex === 0 ? null : this.#positionAt(this.#endIndex - 1);
  }

  /**
   * Messages must come in order of their position.
   * @param nowMs of the steady clock
   */
  add(message: OrderedMessage, nowMs: number): WireMessage {
    const wire = new WireMessage(message, nowMs);
    if (message.type === 'epoch') this.#reasons.set(message.epoch, message.reason);
    const slot = this.#endIndex % this.#capacity;
    const overwritten = this.#ring[slot];
    if (overwritten?.position) this.#forget(overwritten.position);
    this.#ring[slot] = wire;
    this.#endIndex += 1;
    return wire;
  }

  /** @param index from `firstIndex` to `endIndex - 1` */
  at(index: number): WireMessage {
    const wire = this.#ring[index % this.#capacity];
    if (wire === undefined || index < this.firstIndex || index >= this.#endIndex) {
      throw new RangeError(`message ${index} is outside the ring ${this.firstIndex}..${this.#endIndex - 1}`);
    }
    return wire;
  }

  /** Everything after `since`. A position that is ahead of the stream is not of this stream's life: then everything held. */
  resumeAfter(since: Position): ResumePoint {
    const { newestPosition, firstIndex } = this;
    if (newestPosition === null) return { lost: [], nextIndex: this.#endIndex };
    if (comparePositions(since, newestPosition) > 0) return { lost: [], nextIndex: firstIndex };
    return { lost: this.#lostAfter(since), nextIndex: this.#firstIndexAfter(since) };
  }

  #firstIndexAfter(since: Position): number {
    let low = this.firstIndex;
    let high = this.#endIndex;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePositions(this.#positionAt(middle), since) > 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #lostAfter(since: Position): WireMessage[] {
    const lost: WireMessage[] = [];
    for (const { epoch, reason, lastSeq } of this.#forgotten) {
      if (epoch < since.epoch) continue;
      if (epoch > since.epoch) lost.push(new WireMessage({ type: 'epoch', epoch, reason }));
      const fromSeq = epoch === since.epoch ? since.seq + 1 : 0;
      if (lastSeq >= fromSeq) {
        lost.push(new WireMessage({ type: 'gap', epoch, fromSeq, toSeq: lastSeq, reason: 'history' }));
      }
    }
    return lost;
  }

  #forget(position: Position): void {
    const last = this.#forgotten.at(-1);
    if (last?.epoch === position.epoch) {
      last.lastSeq = position.seq;
      return;
    }
    const reason = this.#reasons.get(position.epoch) ?? 'start';
    this.#reasons.delete(position.epoch);
    this.#forgotten.push({ epoch: position.epoch, reason, lastSeq: position.seq });
    if (this.#forgotten.length > MAX_FORGOTTEN_EPOCHS) this.#forgotten.shift();
  }

  #positionAt(index: number): Position {
    const { position } = this.at(index);
    if (position === null) throw new TypeError(`message ${index} of the ring has no position`);
    return position;
  }
}

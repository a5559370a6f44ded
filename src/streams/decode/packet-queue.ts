import type { AVCodecID } from 'node-av/constants';
import type { Packet } from 'node-av/lib';

/** A packet that waits for its time. */
export interface QueuedPacket {
  readonly packet: Packet;
  /** Of its stream when it was read. */
  readonly codecId: AVCodecID;
  /** Index of its stream. */
  readonly track: number;
  readonly numBytes: number;
  /** As `SourceClock` places it, in ms. */
  readonly mediaMs: number;
}

/** How much may wait: beyond it nothing more is read, and the source, or its server, holds the rest. */
export interface PacketQueueLimits {
  readonly bytes: number;
  readonly mediaMs: number;
}

/**
 * Packets of a source that are read and not yet due, in order of time: fragments of MP4 hold all their pictures, and then all
 * their sound. Those of one track keep their order. One writer, one reader. Bounded.
 */
export class PacketQueue {
  readonly #limits: PacketQueueLimits;
  readonly #items: QueuedPacket[] = [];
  #numBytes = 0;
  #end: { readonly error: unknown } | 'open' | 'ended' = 'open';
  #wakeWriter: (() => void) | null = null;
  #wakeReader: (() => void) | null = null;

  constructor(limits: PacketQueueLimits) {
    this.#limits = limits;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  get isFull(): boolean {
    const [first, last] = [this.#items[0], this.#items.at(-1)];
    if (first === undefined || last === undefined) return false;
    return this.#numBytes >= this.#limits.bytes || last.mediaMs - first.mediaMs >= this.#limits.mediaMs;
  }

  /** Takes a packet; ownership passes. */
  push(item: QueuedPacket): void {
    if (this.#end !== 'open') {
      item.packet.free();
      return;
    }
    let at = this.#items.length;
    for (; at > 0; at--) {
      const { track, mediaMs } = this.#items[at - 1]!;
      if (track === item.track || mediaMs <= item.mediaMs) break;
    }
    this.#items.splice(at, 0, item);
    this.#numBytes += item.numBytes;
    this.#wake();
  }

  /** Resolves once there is room for another packet, or nobody reads any more. */
  async room(): Promise<void> {
    while (this.isFull && this.#end === 'open') await new Promise<void>((go) => (this.#wakeWriter = go));
  }

  /** Nothing more is pushed. With an error, `shift` throws it after the last packet. */
  end(error?: unknown): void {
    if (this.#end === 'open') this.#end = error === undefined ? 'ended' : { error };
    this.#wake();
  }

  /** The next packet, once there is one; null at the end. Ownership passes. */
  async shift(): Promise<QueuedPacket | null> {
    while (this.#items.length === 0 && this.#end === 'open') {
      await new Promise<void>((go) => (this.#wakeReader = go));
    }
    const item = this.#items.shift();
    if (item !== undefined) {
      this.#numBytes -= item.numBytes;
      this.#wake();
      return item;
    }
    if (typeof this.#end === 'object') throw this.#end.error;
    return null;
  }

  /** Frees what is left; nothing more is taken or handed out. */
  close(): void {
    this.end();
    for (const { packet } of this.#items.splice(0)) packet.free();
    this.#wake();
  }

  #wake(): void {
    const [writer, reader] = [this.#wakeWriter, this.#wakeReader];
    this.#wakeWriter = this.#wakeReader = null;
    writer?.();
    reader?.();
  }
}

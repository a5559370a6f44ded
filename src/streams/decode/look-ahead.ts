import { segmentAtUs, segmentMiddleUs, segmentStartUs } from '../../core/time-grid.js';

/** A packet's place in the source's clock, in µs since media time 0; null where the container gives none. */
export interface PacketTime {
  readonly ptsUs: number | null;
  readonly dtsUs: number | null;
  /** False for packets that are decoded for others' sake and never shown. */
  readonly isShown: boolean;
}

/** Decodes a packet, and frees it. Where the frame is not needed, the decoder may skip it if no other frame refers to it. */
export type DecodeWaiting<P> = (packet: P, isNeeded: boolean) => void;

/** Frames that are further from a middle than the nearest one by less than this count as needed: times get rounded. */
const MARGIN_US = 2000;

/** A step back by more than this is no reordering of B-frames: the clock has jumped, or wrapped. */
const REORDER_US = 450_000;

/** More packets than any reordering needs. */
const MAX_WAITING = 128;

interface Waiting<P> {
  readonly packet: P;
  readonly segment: number;
  readonly distanceUs: number;
}

/**
 * Holds video packets of a finite source back until it is known which frame of their segment is nearest its middle: the
 * others need no decoding, unless they are referred to. Packets pass in the order in which they came.
 *
 * It relies on decoding times that grow, and on media time being the source's clock less a constant. Once a packet
 * shows otherwise, every frame counts as needed.
 */
export class LookAhead<P> {
  readonly #decode: DecodeWaiting<P>;
  readonly #waiting: Waiting<P>[] = [];
  /** Distance of the nearest frame of each segment that is still open. */
  readonly #nearestUs = new Map<number, number>();
  #newestPtsUs = -Infinity;
  #newestDtsUs = -Infinity;
  #isTrusted = true;

  constructor(decode: DecodeWaiting<P>) {
    this.#decode = decode;
  }

  /** The next packet in decoding order; ownership passes. */
  push(packet: P, { ptsUs, dtsUs, isShown }: PacketTime): void {
    if (ptsUs === null || dtsUs === null || dtsUs < this.#newestDtsUs || dtsUs > ptsUs) this.distrust();
    else if (ptsUs < this.#newestPtsUs - REORDER_US) this.distrust();
    if (!this.#isTrusted || ptsUs === null || dtsUs === null) {
      this.#decode(packet, true);
      return;
    }
    const segment = segmentAtUs(ptsUs);
    const distanceUs = isShown ? Math.abs(ptsUs - segmentMiddleUs(segment)) : Infinity;
    const nearestUs = this.#nearestUs.get(segment) ?? Infinity;
    this.#nearestUs.set(segment, Math.min(nearestUs, distanceUs));
    this.#waiting.push({ packet, segment, distanceUs });
    this.#newestPtsUs = Math.max(this.#newestPtsUs, ptsUs);
    this.#newestDtsUs = dtsUs;
    this.#pass();
  }

  /** The source's clock cannot be relied on: from now on every frame is needed. */
  distrust(): void {
    if (!this.#isTrusted) return;
    this.#isTrusted = false;
    for (const { packet } of this.#waiting.splice(0)) this.#decode(packet, true);
  }

  /** No packet follows. */
  flush(): void {
    this.#newestDtsUs = Infinity;
    this.#pass();
  }

  #pass(): void {
    for (;;) {
      const first = this.#waiting[0];
      if (first === undefined) return;
      // Whatever follows is shown no earlier than it is decoded.
      const isSettled = this.#newestDtsUs >= segmentStartUs(first.segment + 1);
      if (!isSettled && this.#waiting.length <= MAX_WAITING) return;
      this.#waiting.shift();
      const nearestUs = this.#nearestUs.get(first.segment) ?? Infinity;
      this.#decode(first.packet, !isSettled || first.distanceUs <= nearestUs + MARGIN_US);
      this.#forgetBefore(first.segment);
    }
  }

  #forgetBefore(segment: number): void {
    // Reordering reaches back a few segments at most.
    for (const old of this.#nearestUs.keys()) {
      if (old >= segment - 6) return;
      this.#nearestUs.delete(old);
    }
  }
}

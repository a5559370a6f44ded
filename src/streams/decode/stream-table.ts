import type { FormatContext, Packet, Stream } from 'node-av/lib';
import type { NodeAv } from './load-node-av.js';

/** The streams of an open source by their index; some containers find new ones while they are read. */
export class StreamTable {
  readonly #context: FormatContext;
  readonly #noTime: bigint;
  #streams: Stream[] = [];

  constructor(av: NodeAv, context: FormatContext) {
    this.#context = context;
    this.#noTime = BigInt(av.AV_NOPTS_VALUE);
  }

  /** Null where there is no such stream. */
  get(index: number): Stream | null {
    // The list is made anew each time it is asked for.
    if (this.#streams[index] === undefined) this.#streams = this.#context.streams;
    return this.#streams[index] ?? null;
  }

  /** A packet's decoding time in the source's clock in ms (or its presentation time), null where it has none. */
  timeMs({ streamIndex, dts, pts }: Packet): number | null {
    const stream = this.get(streamIndex);
    const ticks = dts === this.#noTime ? pts : dts;
    if (stream === null || ticks === this.#noTime) return null;
    const { num, den } = stream.timeBase;
    return (Number(ticks) * num * 1000) / den;
  }
}

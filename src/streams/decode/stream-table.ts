import type { FormatContext, Stream } from 'node-av/lib';

/** The streams of an open source by their index; some containers find new ones while they are read. */
export class StreamTable {
  readonly #context: FormatContext;
  #streams: Stream[] = [];

  constructor(context: FormatContext) {
    this.#context = context;
  }

  /** Null where there is no such stream. */
  get(index: number): Stream | null {
    // The list is made anew each time it is asked for.
    if (this.#streams[index] === undefined) this.#streams = this.#context.streams;
    return this.#streams[index] ?? null;
  }
}

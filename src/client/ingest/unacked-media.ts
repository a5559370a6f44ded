interface Chunk {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Position of its first byte in the file. */
  readonly at: number;
  readonly writtenAtMs: number;
}

/** The end of a file that the server has not acknowledged yet, kept to be sent again. Positions are bytes from the file's start. */
export class UnackedMedia {
  readonly #chunks: Chunk[] = [];
  #writtenBytes = 0;
  #heldBytes = 0;

  /** Bytes of the whole file so far. */
  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  /** Bytes that are kept. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** When the oldest chunk that is kept was written, in ms of the writer's clock; null where everything was acknowledged. */
  get oldestAtMs(): number | null {
    return this.#chunks[0]?.writtenAtMs ?? null;
  }

  append(bytes: Uint8Array<ArrayBuffer>, nowMs: number): void {
    if (bytes.byteLength === 0) return;
    this.#chunks.push({ bytes, at: this.#writtenBytes, writtenAtMs: nowMs });
    this.#writtenBytes += bytes.byteLength;
    this.#heldBytes += bytes.byteLength;
  }

  /** The server has everything before `position`. A chunk of which it has a part is kept whole. */
  acknowledge(position: number): void {
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      if (chunk.at + chunk.bytes.byteLength > position) return;
      this.#heldBytes -= chunk.bytes.byteLength;
      this.#chunks.shift();
    }
  }

  /** Whether the file can go on from `position`. */
  reaches(position: number): boolean {
    const oldest = this.#chunks[0]?.at ?? this.#writtenBytes;
    return position >= oldest && position <= this.#writtenBytes;
  }

  /** What lies behind `position`, in order. */
  *from(position: number): Generator<Uint8Array<ArrayBuffer>> {
    for (const { bytes, at } of this.#chunks) {
      if (at + bytes.byteLength > position) yield bytes.subarray(Math.max(0, position - at));
    }
  }
}

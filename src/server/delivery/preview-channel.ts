import { wallMsAt } from '../../core/clock.js';
import type { Segment } from '../../core/media.js';

/** Bytes before the JPEG. */
export const PREVIEW_HEADER_BYTES = 24;

/** One watcher of a stream's pictures. */
export interface PreviewSink {
  /** Bytes accepted by `write` that the operating system has not taken yet. */
  readonly bufferedBytes: number;
  /** @param onTaken called once when the operating system has taken the bytes; never before `write` returns */
  write(message: Buffer, onTaken: () => void): void;
  /** Closes the connection. */
  end(reason: string): void;
}

/** Pictures for whoever watches; each watcher has at most one on its way and one, the newest, waiting. */
export class PreviewChannel {
  readonly #watchers = new Map<PreviewSink, Buffer | null>();
  readonly #onDemand: (on: boolean) => void;
  readonly #onSkipped: () => void;

  /**
   * @param onDemand true with the first watcher, false after the last
   * @param onSkipped a watcher was too slow for a picture
   */
  constructor(onDemand: (on: boolean) => void, onSkipped: () => void) {
    this.#onDemand = onDemand;
    this.#onSkipped = onSkipped;
  }

  get numWatchers(): number {
    return this.#watchers.size;
  }

  /** @returns a function that ends it, without closing the sink */
  watch(sink: PreviewSink): () => void {
    this.#watchers.set(sink, null);
    if (this.#watchers.size === 1) this.#onDemand(true);
    return () => {
      if (this.#watchers.delete(sink) && this.#watchers.size === 0) this.#onDemand(false);
    };
  }

  publish(segment: Segment): void {
    if (this.#watchers.size === 0 || segment.previewJpeg === null) return;
    const message = encodePreview(segment, segment.previewJpeg, wallMsAt(segment.arrivedAtMs));
    for (const [sink, waiting] of this.#watchers) {
      if (waiting !== null) this.#onSkipped();
      this.#watchers.set(sink, message);
      this.#pump(sink);
    }
  }

  close(reason: string): void {
    for (const sink of this.#watchers.keys()) sink.end(reason);
    this.#watchers.clear();
  }

  #pump(sink: PreviewSink): void {
    const message = this.#watchers.get(sink);
    if (!message || sink.bufferedBytes > 0) return;
    this.#watchers.set(sink, null);
    sink.write(message, () => this.#pump(sink));
  }
}

/**
 * Little-endian: ptsUs int64, epoch uint32, seq uint32, capturedAtMs float64, then the JPEG.
 * @param capturedAtMs wall clock (Unix ms)
 */
export function encodePreview(
  segment: Pick<Segment, 'ptsUs' | 'epoch' | 'seq'>,
  jpeg: Uint8Array,
  capturedAtMs: number,
): Buffer {
  const message = Buffer.allocUnsafe(PREVIEW_HEADER_BYTES + jpeg.byteLength);
  message.writeBigInt64LE(BigInt(segment.ptsUs), 0);
  message.writeUInt32LE(segment.epoch, 8);
  message.writeUInt32LE(segment.seq, 12);
  message.writeDoubleLE(capturedAtMs, 16);
  message.set(jpeg, PREVIEW_HEADER_BYTES);
  return message;
}

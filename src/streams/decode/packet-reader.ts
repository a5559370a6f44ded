import { setTimeout as delay } from 'node:timers/promises';
import type { AVCodecID } from 'node-av/constants';
import type { Packet } from 'node-av/lib';
import type { OpenInput } from './open-input.js';
import type { Playback } from './playback.js';
import { sourceError } from './source-error.js';

/** A capture device had nothing yet. */
const RETRY_MS = 2;

/** Reads the packets of an open source. */
export class PacketReader {
  readonly #playback: Playback;
  readonly #input: OpenInput;
  readonly #isLocal: boolean;

  constructor(playback: Playback, input: OpenInput) {
    this.#playback = playback;
    this.#input = input;
    this.#isLocal = playback.spec.kind === 'file';
  }

  /**
   * Reads into `packet`, which must be empty; returns false at the end of the source, or when the signal has aborted.
   * @throws {EvokedError} ERR_SOURCE_*
   */
  async read(packet: Packet): Promise<boolean> {
    const { av, spec, signal } = this.#playback;
    const { context } = this.#input;
    while (!signal.aborted) {
      // A file is read without a thread to wait for it: fast, and a disk that hangs is the watchdog's.
      const code = this.#isLocal ? context.readFrameSync(packet) : await context.readFrame(packet);
      if (code === av.AVERROR_EOF) return false;
      if (code >= 0) return true;
      if (code !== av.AVERROR_EAGAIN) throw sourceError(av, code, spec, 'read');
      await delay(RETRY_MS);
    }
    return false;
  }

  /** The codec that the packet's stream has now, just after it was read. */
  codecOf({ streamIndex }: Packet): AVCodecID {
    return this.#input.streams.get(streamIndex)?.codecpar.codecId ?? this.#playback.av.AV_CODEC_ID_NONE;
  }

  /** The packet's decoding time in the source's clock in ms (or its presentation time), null where it has none. */
  timeMs(packet: Packet): number | null {
    return this.#input.streams.timeMs(packet);
  }
}

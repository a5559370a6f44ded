/** Bits a second of the picture, from the best down. The model sees 224x224 pixels: beyond the first nothing is gained. */
export const VIDEO_BITRATES = [1_000_000, 500_000, 250_000, 120_000] as const;

/** Media that waits for longer than this has outrun the network. */
const SLOW_MS = 2000;
/** What waits when a lower bitrate begins takes a while to go. */
const SETTLE_MS = 10_000;

/** What to do about the network. */
export type UplinkVerdict = 'fine' | 'slow' | 'lower';

/** Watches how long sent media waits to be acknowledged, and steps the bitrate down where it is too long. */
export class Uplink {
  #step = 0;
  #loweredAtMs = -Infinity;

  get videoBitrate(): number {
    return VIDEO_BITRATES[this.#step] ?? VIDEO_BITRATES[0];
  }

  /** A connection was lost and made again: what waited for it says nothing about its speed. */
  reconnected(nowMs: number): void {
    this.#loweredAtMs = nowMs;
  }

  /** `lower`: the recording has to begin again, with `videoBitrate` as it is now. */
  observe(unackedMs: number, nowMs: number): UplinkVerdict {
    if (unackedMs <= SLOW_MS) return 'fine';
    if (nowMs - this.#loweredAtMs < SETTLE_MS || this.#step === VIDEO_BITRATES.length - 1) return 'slow';
    this.#step += 1;
    this.#loweredAtMs = nowMs;
    return 'lower';
  }
}

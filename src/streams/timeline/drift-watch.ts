import type { Modality } from '../../core/media.js';

/** How long arrivals are watched before they are judged: the least delayed of so many are steady to a few ms. */
export const DRIFT_WINDOW_US = 60_000_000;

/** Clocks of cheap cameras are 200 ppm apart; what changes faster than this is a change of delivery, and no drift. */
const MAX_DRIFT = 5e-4;

/** Fewer frames in a window tell nothing. */
const MIN_FRAMES = 5;

interface Window {
  numFrames: number;
  /** Highest `time − arrival`: the frame with the least delay. */
  bestUs: number;
}

/**
 * How far the clock by which a live source dates its pictures has run away from the one by which it dates its sound, seen by
 * when both arrive. Sources that count samples at one oscillator and pictures at another are 6 s apart after 8 h at 200 ppm.
 */
export class DriftWatch {
  #windows: Record<Modality, Window> = emptyWindows();
  #startedAtUs: number | null = null;
  /** How much later than sound pictures were dated, and when that was seen last; null before the first window. */
  #last: { readonly distanceUs: number; readonly atUs: number } | null = null;
  #driftUs = 0;

  /** By how much pictures are dated later, compared with sound, than at the beginning; in µs, may be negative. */
  get driftUs(): number {
    return this.#driftUs;
  }

  /** A frame of `modality` with this time of its source arrived. */
  note(modality: Modality, timeUs: number, arrivedAtUs: number): void {
    this.#startedAtUs ??= arrivedAtUs;
    if (arrivedAtUs - this.#startedAtUs >= DRIFT_WINDOW_US) this.#judge(arrivedAtUs);
    const window = this.#windows[modality];
    window.numFrames += 1;
    window.bestUs = Math.max(window.bestUs, timeUs - arrivedAtUs);
  }

  /** The source's clock starts anew. */
  reset(): void {
    this.#windows = emptyWindows();
    this.#startedAtUs = null;
    this.#last = null;
    this.#driftUs = 0;
  }

  #judge(nowUs: number): void {
    const { visual, audio } = this.#windows;
    this.#windows = emptyWindows();
    this.#startedAtUs = nowUs;
    if (Math.min(visual.numFrames, audio.numFrames) < MIN_FRAMES) return;
    const distanceUs = visual.bestUs - audio.bestUs;
    if (this.#last !== null) {
      const changeUs = distanceUs - this.#last.distanceUs;
      if (Math.abs(changeUs) <= MAX_DRIFT * (nowUs - this.#last.atUs)) this.#driftUs += changeUs;
    }
    this.#last = { distanceUs, atUs: nowUs };
  }
}

function emptyWindows(): Record<Modality, Window> {
  return { visual: { numFrames: 0, bestUs: -Infinity }, audio: { numFrames: 0, bestUs: -Infinity } };
}

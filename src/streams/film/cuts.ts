import { noiseAt } from './seeded-noise.js';

/** What divides a film's time into pieces. */
export interface CutOptions {
  /** Mean length of a piece in seconds. */
  readonly meanSeconds: number;
  /** How far a cut may lie to either side of a multiple of the mean, in seconds; below half of it. */
  readonly jitterSeconds: number;
  /** Which lots decide: pieces of other channels are cut independently. */
  readonly channel: number;
}

/** When piece `index` begins, in seconds. */
export function cutSeconds(seed: number, index: number, options: CutOptions): number {
  if (index <= 0) return 0;
  const lot = noiseAt(seed, index, options.channel);
  return index * options.meanSeconds + (2 * lot - 1) * options.jitterSeconds;
}

/** Index of the piece that runs at `seconds` ≥ 0. */
export function pieceIndexAt(seed: number, seconds: number, options: CutOptions): number {
  const index = Math.max(0, Math.floor(seconds / options.meanSeconds));
  if (seconds < cutSeconds(seed, index, options)) return index - 1;
  return seconds >= cutSeconds(seed, index + 1, options) ? index + 1 : index;
}

import { type CutOptions, cutSeconds, pieceIndexAt } from './cuts.js';
import { noiseAt } from './seeded-noise.js';

/** Mean length of a cue in seconds; it begins up to 1.4 s to either side of a multiple of it. */
export const CUE_SECONDS = 4.5;

const CUTS: CutOptions = { meanSeconds: CUE_SECONDS, jitterSeconds: 1.4, channel: 20 };

/** What is heard in a cue. */
export const CUE_SOUNDS = ['chords', 'tones', 'noise', 'rhythm', 'bursts', 'voice', 'silence'] as const;

/** All that the sound reads of a cue. The sound is cut apart from the pictures, at times of its own. */
export interface Cue {
  readonly index: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly sound: (typeof CUE_SOUNDS)[number];
  /** In [0.25, 1]. */
  readonly loudness: number;
  /** True for major chords, false for minor ones. */
  readonly isMajor: boolean;
  /** Height of what has a pitch, in [0, 1]: two octaves. */
  readonly pitch: number;
  /** Beats, bursts or syllables per second. */
  readonly beatHz: number;
  /** For everything that only has to differ from cue to cue. */
  readonly variant: number;
}

/** Index of the cue that runs at `seconds` ≥ 0. */
export function cueIndexAt(seed: number, seconds: number): number {
  return pieceIndexAt(seed, seconds, CUTS);
}

/** Cue `index` of the film with this seed, drawn by lot. */
export function cueOf(seed: number, index: number): Cue {
  const lot = (channel: number): number => noiseAt(seed, index, channel);
  return {
    index,
    startSeconds: cutSeconds(seed, index, CUTS),
    endSeconds: cutSeconds(seed, index + 1, CUTS),
    sound: CUE_SOUNDS[Math.floor(lot(21) * CUE_SOUNDS.length)] ?? 'chords',
    loudness: 0.25 + 0.75 * lot(22),
    isMajor: lot(23) < 0.5,
    pitch: lot(24),
    beatHz: 1 + Math.floor(lot(25) * 4) / 1.5,
    variant: Math.floor(lot(26) * 1_000_000),
  };
}

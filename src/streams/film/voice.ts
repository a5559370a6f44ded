import type { Cue } from './cue.js';
import { noiseAt } from './seeded-noise.js';

const NUM_HARMONICS = 14;
const LOWEST_VOICE_HZ = 95;

/** First three formants in Hz of a, e, i, o, u, after Peterson and Barney (1952), rounded. */
const VOWELS = [
  [730, 1090, 2440],
  [530, 1840, 2480],
  [270, 2290, 3010],
  [570, 840, 2410],
  [300, 870, 2240],
] as const;

/** Width of a formant in Hz, and how loud each is. */
const FORMANT_HZ = 110;
const FORMANT_LEVELS = [1, 0.5, 0.25] as const;

/** A voice-like sound: syllables of vowels, each a row of harmonics under three formants. In (-1, 1). */
export function voiceAt(cue: Cue, seconds: number): number {
  const syllableSeconds = 1 / (2 + cue.beatHz);
  const syllable = Math.floor(seconds / syllableSeconds);
  const at = seconds / syllableSeconds - syllable;
  const pitchHz = LOWEST_VOICE_HZ * 2.4 ** cue.pitch;
  const levels = harmonicLevels(cue, syllable, pitchHz);
  // The voice sinks a little within each syllable; the phase is the integral of that.
  const phase = 2 * Math.PI * pitchHz * (seconds - 0.04 * syllableSeconds * at * at);
  let sum = 0;
  for (let i = 0; i < NUM_HARMONICS; i++) sum += levels[i]! * Math.sin((i + 1) * phase);
  return 0.75 * sum * Math.sin(Math.PI * at) ** 0.7;
}

let cached: { key: string; levels: number[] } = { key: '', levels: [] };

/** Levels of the harmonics of one syllable, which sum to 1. */
function harmonicLevels({ variant }: Cue, syllable: number, pitchHz: number): number[] {
  const key = `${variant}/${syllable}/${pitchHz}`;
  if (cached.key === key) return cached.levels;
  const vowel = VOWELS[Math.floor(noiseAt(variant, syllable, 3) * VOWELS.length)] ?? VOWELS[0];
  const raw = Array.from({ length: NUM_HARMONICS }, (_, i) => {
    const hz = (i + 1) * pitchHz;
    const formants = vowel.map((centre, f) => FORMANT_LEVELS[f]! / (1 + ((hz - centre) / FORMANT_HZ) ** 2));
    return 0.02 + formants.reduce((sum, level) => sum + level, 0);
  });
  const total = raw.reduce((sum, level) => sum + level, 0);
  cached = { key, levels: raw.map((level) => level / total) };
  return cached.levels;
}

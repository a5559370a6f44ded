import type { Cue } from './cue.js';
import { noiseAt } from './seeded-noise.js';
import { voiceAt } from './voice.js';

/** A chord as semitones over the root → as ratios of frequencies. */
const ratios = (chord: readonly number[]): number[] => chord.map((semitones) => 2 ** (semitones / 12));

/** Four chords, a bar each: I vi IV V, or i VI iv v. */
const MAJOR = [ratios([0, 4, 7]), ratios([-3, 0, 4]), ratios([-7, -3, 0]), ratios([-5, -1, 2])];
const MINOR = [ratios([0, 3, 7]), ratios([-4, 0, 3]), ratios([-7, -4, 0]), ratios([-5, -2, 2])];

/** Semitones of the melodies that `tones` plays. */
const MAJOR_SCALE = ratios([0, 2, 4, 7, 9, 12]);
const MINOR_SCALE = ratios([0, 2, 3, 7, 8, 12]);

const LOWEST_ROOT_HZ = 110;
const ROOM_TONE = 0.002;

/** Fade at both ends of a cue and of a note, so that nothing clicks, in seconds. */
const FADE_SECONDS = 0.02;

/**
 * One sample of a cue's sound, in (-1, 1).
 * @param seconds since the start of the cue
 * @param sample index of the sample in the film, which the noise is a function of
 */
export function soundOf(cue: Cue, seconds: number, sample: number): number {
  const noise = 2 * noiseAt(cue.variant, sample, 1) - 1;
  const lengthSeconds = cue.endSeconds - cue.startSeconds;
  const level = cue.loudness * fade(seconds, lengthSeconds);
  return 0.85 * level * timbre(cue, seconds, noise) + ROOM_TONE * noise;
}

function timbre(cue: Cue, seconds: number, noise: number): number {
  const rootHz = LOWEST_ROOT_HZ * 4 ** cue.pitch;
  switch (cue.sound) {
    case 'chords':
      return chord(cue, rootHz, seconds);
    case 'tones':
      return melody(cue, 2 * rootHz, seconds);
    case 'noise':
      return (0.45 + 0.25 * Math.sin(2 * Math.PI * 0.4 * seconds)) * noise;
    case 'rhythm':
      return rhythm(cue, seconds, noise);
    case 'bursts':
      return 0.9 * noise * Math.exp(-9 * sinceBeat(cue, seconds));
    case 'voice':
      return voiceAt(cue, seconds);
    case 'silence':
      return 0;
  }
}

/** Seconds since the cue's last beat. */
function sinceBeat({ beatHz }: Cue, seconds: number): number {
  const beat = seconds * beatHz;
  return (beat - Math.floor(beat)) / beatHz;
}

function chord(cue: Cue, rootHz: number, seconds: number): number {
  const barSeconds = 2 / cue.beatHz;
  const bar = Math.floor(seconds / barSeconds);
  let tone = 0;
  for (const ratio of (cue.isMajor ? MAJOR : MINOR)[bar % 4]!) {
    const phase = 2 * Math.PI * rootHz * ratio * seconds;
    // Bright where major, dull where minor, as arrangers do.
    tone += Math.sin(phase) + (cue.isMajor ? 0.6 : 0.1) * Math.sin(2 * phase);
    if (cue.isMajor) tone += 0.3 * Math.sin(4 * phase);
  }
  return (tone / 5) * fade(seconds - bar * barSeconds, barSeconds);
}

function melody(cue: Cue, rootHz: number, seconds: number): number {
  const noteSeconds = 0.5 / cue.beatHz;
  const note = Math.floor(seconds / noteSeconds);
  const scale = cue.isMajor ? MAJOR_SCALE : MINOR_SCALE;
  const hz = rootHz * scale[Math.floor(noiseAt(cue.variant, note, 2) * scale.length)]!;
  const since = seconds - note * noteSeconds;
  const decay = Math.exp(-2 * since * cue.beatHz);
  return 0.6 * Math.sin(2 * Math.PI * hz * seconds) * decay * fade(since, noteSeconds);
}

function rhythm(cue: Cue, seconds: number, noise: number): number {
  const since = sinceBeat(cue, seconds);
  const sinceOffbeat = sinceBeat(cue, seconds + 0.5 / cue.beatHz);
  const kick = Math.sin(2 * Math.PI * (55 * since + 4 * (1 - Math.exp(-20 * since)))) * Math.exp(-7 * since);
  const bass = 0.25 * Math.sin(2 * Math.PI * LOWEST_ROOT_HZ * seconds);
  return 0.65 * kick + bass + 0.3 * noise * Math.exp(-30 * sinceOffbeat);
}

function fade(seconds: number, length: number): number {
  return Math.max(0, Math.min(1, seconds / FADE_SECONDS, (length - seconds) / FADE_SECONDS));
}

import type { Scene } from './scene.js';
import { noiseAt } from './seeded-noise.js';

/** A chord as semitones over the root → as ratios of frequencies. */
const ratios = (chord: readonly number[]): number[] => chord.map((semitones) => 2 ** (semitones / 12));

/** Four chords, a bar each: I vi IV V, and i VI iv v where valence is low. */
const MAJOR = [ratios([0, 4, 7]), ratios([-3, 0, 4]), ratios([-7, -3, 0]), ratios([-5, -1, 2])];
const MINOR = [ratios([0, 3, 7]), ratios([-4, 0, 3]), ratios([-7, -4, 0]), ratios([-5, -2, 2])];

/** Fade at both ends of a scene and of a chord, so that nothing clicks, in seconds. */
const FADE_SECONDS = 0.02;

function fade(seconds: number, length: number): number {
  return Math.max(0, Math.min(1, seconds / FADE_SECONDS, (length - seconds) / FADE_SECONDS));
}

function chordTone(scene: Scene, seconds: number): number {
  const barSeconds = 4 / scene.beatHz;
  const bar = Math.floor(seconds / barSeconds);
  const chord = (scene.valence < 0.5 ? MINOR : MAJOR)[bar % 4]!;
  let tone = 0;
  for (const ratio of chord) {
    const phase = 2 * Math.PI * scene.rootHz * ratio * seconds;
    tone += Math.sin(phase) + 0.35 * Math.sin(2 * phase) * scene.brightness;
  }
  return (tone / 4) * fade(seconds - bar * barSeconds, barSeconds);
}

function rhythm(scene: Scene, seconds: number, noise: number): number {
  const beat = seconds * scene.beatHz;
  const sinceBeat = (beat - Math.floor(beat)) / scene.beatHz;
  const sinceOffbeat = (beat + 0.5 - Math.floor(beat + 0.5)) / scene.beatHz;
  const kick =
    Math.sin(2 * Math.PI * (50 * sinceBeat + 4 * (1 - Math.exp(-20 * sinceBeat)))) *
    Math.exp(-12 * sinceBeat);
  const hat = noise * Math.exp(-45 * sinceOffbeat);
  return 0.7 * kick + 0.35 * hat;
}

/**
 * One sample of a scene's sound, in (-1, 1).
 * @param seconds since the start of the scene
 * @param sample index of the sample in the film, which the noise is a function of
 */
export function soundOf(scene: Scene, seconds: number, sample: number): number {
  const noise = 2 * noiseAt(scene.variant, sample, 1) - 1;
  const swell = 0.5 + 0.5 * Math.sin(2 * Math.PI * 0.4 * seconds);
  const sound =
    0.4 * chordTone(scene, seconds) +
    0.5 * scene.energy * rhythm(scene, seconds, noise) +
    0.12 * scene.roughness * swell * noise;
  return 0.8 * sound * fade(seconds, scene.endSeconds - scene.startSeconds);
}

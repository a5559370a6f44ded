import { segmentMiddleUs, SEGMENT_RATE } from '../../core/time-grid.js';
import { type Cue, cueIndexAt, cueOf } from './cue.js';
import { type Scene, sceneBrightness, sceneIndexAt, sceneOf, sceneShare, sceneZoom } from './scene.js';

/** What is seen and heard in one segment that a viewer could answer to, each in [0, 1]. */
export interface Drives {
  readonly face: number;
  readonly smile: number;
  readonly frown: number;
  readonly crowd: number;
  readonly text: number;
  readonly wide: number;
  readonly dark: number;
  readonly warm: number;
  readonly motion: number;
  readonly closeUp: number;
  readonly cut: number;
  readonly loud: number;
  readonly major: number;
  readonly minor: number;
  readonly pitch: number;
  readonly beat: number;
  readonly burst: number;
  readonly noise: number;
  readonly voice: number;
  readonly silence: number;
}

/** A drive that pictures alone tell. */
export type VisualDrive =
  'face' | 'smile' | 'frown' | 'crowd' | 'text' | 'wide' | 'dark' | 'warm' | 'motion' | 'closeUp' | 'cut';
/** A drive that the sound alone tells. */
export type AudioDrive = Exclude<keyof Drives, VisualDrive>;

/** Seconds after a cut in which it still startles. */
const CUT_SECONDS = 0.5;

/** The drives of segment `k` ≥ 0 of the film with this seed. */
export function drivesOf(seed: number, k: number): Drives {
  const seconds = segmentMiddleUs(k) / 1e6;
  const scene = sceneOf(seed, sceneIndexAt(seed, seconds));
  const cue = cueOf(seed, cueIndexAt(seed, seconds));
  return { ...visualDrives(scene, seconds), ...audioDrives(cue, seconds) };
}

function visualDrives(scene: Scene, seconds: number): Pick<Drives, VisualDrive> {
  const share = sceneShare(scene, seconds);
  const brightness = sceneBrightness(scene, share);
  const people = scene.subject === 'face' ? 1 : scene.subject === 'crowd' ? 0.6 : 0;
  const sinceCut = seconds - scene.startSeconds;
  return {
    face: scene.subject === 'face' ? 1 : 0,
    smile: people * scene.valence,
    frown: people * (1 - scene.valence),
    crowd: scene.subject === 'crowd' ? 1 : 0,
    text: scene.subject === 'text' ? 1 : 0,
    wide: scene.subject === 'nothing' ? 1 : 0,
    dark: 1 - brightness,
    warm: brightness * (0.5 + 0.5 * Math.cos(2 * Math.PI * (scene.hue - 0.06))),
    motion: scene.energy,
    closeUp: (sceneZoom(scene, share) - 1) / 0.8,
    cut: scene.index > 0 && sinceCut < CUT_SECONDS ? 1 : 0,
  };
}

function audioDrives(cue: Cue, seconds: number): Pick<Drives, AudioDrive> {
  const is = (sound: Cue['sound']): number => (cue.sound === sound ? 1 : 0);
  const isTonal = is('chords') + is('tones');
  return {
    loud: cue.sound === 'silence' ? 0 : cue.loudness,
    major: isTonal * (cue.isMajor ? 1 : 0),
    minor: isTonal * (cue.isMajor ? 0 : 1),
    pitch: isTonal * cue.pitch,
    beat: is('rhythm') * (0.4 + 0.2 * cue.beatHz),
    burst: is('bursts') * burstIn(cue, seconds),
    noise: is('noise'),
    voice: is('voice'),
    silence: is('silence'),
  };
}

/** Whether a burst begins in the segment around `seconds`. */
function burstIn({ startSeconds, beatHz }: Cue, seconds: number): number {
  const half = 0.5 / SEGMENT_RATE;
  const [from, to] = [seconds - half, seconds + half].map((time) => (time - startSeconds) * beatHz);
  return Math.ceil(from!) < to! ? 1 : 0;
}

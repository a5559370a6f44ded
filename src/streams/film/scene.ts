import { noiseAt } from './seeded-noise.js';

/** Mean length of a scene in seconds; cuts lie up to 1.5 s to either side of a multiple of it. */
export const SCENE_SECONDS = 5;

const CUT_JITTER_SECONDS = 1.5;

/** What a scene shows in front of its landscape. */
export const SCENE_SUBJECTS = ['face', 'polygons', 'bubbles', 'crowd'] as const;

/**
 * All that drawing and sound read of a scene. Values without a unit are in [0, 1]. How a scene is drawn never looks at the
 * seed, so that scenes can also be designed instead of drawn by lot.
 */
export interface Scene {
  readonly index: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly subject: (typeof SCENE_SUBJECTS)[number];
  /** Hue of the sky; the rest of the palette is derived from it. */
  readonly hue: number;
  readonly brightness: number;
  /** 0 sad, minor and blue, 1 happy, major and warm. */
  readonly valence: number;
  /** How fast things move and how loud the rhythm is. */
  readonly energy: number;
  /** Camera: magnification at the start and at the end of the scene. */
  readonly zoomFrom: number;
  readonly zoomTo: number;
  /** Rhythm in beats per second. */
  readonly beatHz: number;
  /** Root of the chords in Hz. */
  readonly rootHz: number;
  /** Share of noise in the sound. */
  readonly roughness: number;
  /** For everything that only has to differ from scene to scene. */
  readonly variant: number;
}

function cutSeconds(seed: number, index: number): number {
  if (index <= 0) return 0;
  return index * SCENE_SECONDS + (2 * noiseAt(seed, index, 0) - 1) * CUT_JITTER_SECONDS;
}

/** Index of the scene that runs at `seconds` ≥ 0. */
export function sceneIndexAt(seed: number, seconds: number): number {
  let index = Math.max(0, Math.floor(seconds / SCENE_SECONDS));
  if (seconds < cutSeconds(seed, index)) index -= 1;
  else if (seconds >= cutSeconds(seed, index + 1)) index += 1;
  return index;
}

/** Scene `index` of the film with this seed, drawn by lot. */
export function sceneOf(seed: number, index: number): Scene {
  const lot = (channel: number): number => noiseAt(seed, index, channel);
  const energy = lot(1);
  const zoomsIn = lot(2) < 0.5;
  const [near, far] = [1.15 + 0.35 * lot(3), 1];
  return {
    index,
    startSeconds: cutSeconds(seed, index),
    endSeconds: cutSeconds(seed, index + 1),
    subject: SCENE_SUBJECTS[Math.floor(lot(4) * SCENE_SUBJECTS.length)] ?? 'face',
    hue: lot(5),
    brightness: 0.35 + 0.65 * lot(6),
    valence: lot(7),
    energy,
    zoomFrom: zoomsIn ? far : near,
    zoomTo: zoomsIn ? near : far,
    beatHz: 1 + Math.round(energy * 4) / 2,
    rootHz: 110 * 2 ** (Math.floor(lot(8) * 12) / 12),
    roughness: lot(9) ** 2,
    variant: Math.floor(lot(10) * 1_000_000),
  };
}

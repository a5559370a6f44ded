import { type CutOptions, cutSeconds, pieceIndexAt } from './cuts.js';
import { noiseAt } from './seeded-noise.js';

/** Mean length of a scene in seconds; cuts lie up to 1.5 s to either side of a multiple of it. */
export const SCENE_SECONDS = 5;

const CUTS: CutOptions = { meanSeconds: SCENE_SECONDS, jitterSeconds: 1.5, channel: 0 };

/** What a scene shows in front of its landscape; `nothing` leaves the landscape alone. */
export const SCENE_SUBJECTS = ['face', 'crowd', 'polygons', 'bubbles', 'text', 'nothing'] as const;

/**
 * All that drawing reads of a scene. Values without a unit are in [0, 1]. How a scene is drawn never looks at the film's
 * seed, so that scenes can also be designed instead of drawn by lot.
 */
export interface Scene {
  readonly index: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly subject: (typeof SCENE_SUBJECTS)[number];
  /** Hue of the sky; the rest of the palette is derived from it. */
  readonly hue: number;
  /** Light at the start and at the end: scenes may fall dark, or dawn. */
  readonly brightnessFrom: number;
  readonly brightnessTo: number;
  /** 0 sad and pale, 1 happy and saturated. */
  readonly valence: number;
  /** How fast things move. */
  readonly energy: number;
  /** Camera: magnification at the start and at the end, in [1, 1.8]. */
  readonly zoomFrom: number;
  readonly zoomTo: number;
  /** What moves in time moves with this, in beats per second. */
  readonly beatHz: number;
  /** For everything that only has to differ from scene to scene. */
  readonly variant: number;
}

/** Index of the scene that runs at `seconds` ≥ 0. */
export function sceneIndexAt(seed: number, seconds: number): number {
  return pieceIndexAt(seed, seconds, CUTS);
}

/** Scene `index` of the film with this seed, drawn by lot. */
export function sceneOf(seed: number, index: number): Scene {
  const lot = (channel: number): number => noiseAt(seed, index, channel);
  const energy = lot(1);
  const brightnessFrom = brightnessOf(lot(6));
  return {
    index,
    startSeconds: cutSeconds(seed, index, CUTS),
    endSeconds: cutSeconds(seed, index + 1, CUTS),
    subject: SCENE_SUBJECTS[Math.floor(lot(4) * SCENE_SUBJECTS.length)] ?? 'face',
    hue: lot(5),
    brightnessFrom,
    // One scene in three changes its light.
    brightnessTo: lot(8) < 1 / 3 ? brightnessOf(lot(9)) : brightnessFrom,
    valence: lot(7),
    energy,
    zoomFrom: 1 + 0.8 * lot(2) ** 2,
    zoomTo: 1 + 0.8 * lot(3) ** 2,
    beatHz: 1 + Math.round(energy * 4) / 2,
    variant: Math.floor(lot(10) * 1_000_000),
  };
}

/** How much of a scene is over at `seconds` of the film, in [0, 1]. */
export function sceneShare(scene: Scene, seconds: number): number {
  return (seconds - scene.startSeconds) / (scene.endSeconds - scene.startSeconds);
}

/** The light in [0, 1] when `share` of a scene is over. */
export function sceneBrightness({ brightnessFrom, brightnessTo }: Scene, share: number): number {
  return brightnessFrom + (brightnessTo - brightnessFrom) * share;
}

/** The camera's magnification when `share` of a scene is over. */
export function sceneZoom({ zoomFrom, zoomTo }: Scene, share: number): number {
  return zoomFrom + (zoomTo - zoomFrom) * share;
}

/** A quarter of all scenes is dark. */
function brightnessOf(lot: number): number {
  return lot < 0.25 ? 0.12 + 0.4 * lot : 0.35 + 0.65 * ((lot - 0.25) / 0.75);
}

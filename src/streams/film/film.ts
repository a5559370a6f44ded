import { LABELS } from '../../core/labels.js';
import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { Canvas } from './canvas.js';
import { drawLandscape } from './landscape.js';
import { sceneIndexAt, sceneOf, type Scene } from './scene.js';
import { seedFrom } from './seeded-noise.js';
import { soundOf } from './sound.js';
import { drawSubject } from './subjects.js';

/** Width of the film's pictures in pixels. */
export const FILM_WIDTH = 640;

/** Height of the film's pictures in pixels. */
export const FILM_HEIGHT = 360;

/** One picture of a film: `[height, width, 3]` RGB bytes, owned by the caller. */
export interface FilmPicture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** An endless film made from a seed: every picture and sample is a pure function of its time. */
export interface Film {
  /** The picture on screen `seconds` ≥ 0 after the start. */
  frameAt(seconds: number): FilmPicture;
  /** `numSamples` mono samples in [-1, 1] at 16 kHz, the first one `startSample` ≥ 0 samples after the start. */
  audio(startSample: number, numSamples: number): Float32Array;
  /** What is shown and heard `seconds` ≥ 0 after the start. */
  sceneAt(seconds: number): Scene;
  /**
   * What the film is designed to evoke `seconds` ≥ 0 after the start: 15 values in [0, 1] in the order of `LABELS`, a function
   * of what was seen and heard in the 15 s before.
   */
  designedAt(seconds: number): number[];
  /** False where the annotations of this film have a hole, as real ones do. */
  isAnnotatedAt(seconds: number): boolean;
}

/** The film of this seed. The same seed gives the same film. */
export function createFilm(seed: string): Film {
  const number = seedFrom(seed);
  const canvas = new Canvas(FILM_WIDTH, FILM_HEIGHT);
  const sceneAt = (seconds: number): Scene => sceneOf(number, sceneIndexAt(number, seconds));
  return {
    sceneAt,
    designedAt: (seconds) => LABELS.map((_, i) => 0.5 + 0.5 * Math.sin(seconds / (i + 2))),
    isAnnotatedAt: () => true,
    frameAt(seconds) {
      const scene = sceneAt(seconds);
      const sinceCut = seconds - scene.startSeconds;
      const share = sinceCut / (scene.endSeconds - scene.startSeconds);
      canvas.zoom = scene.zoomFrom + (scene.zoomTo - scene.zoomFrom) * share;
      drawLandscape(canvas, scene, sinceCut);
      drawSubject(canvas, scene, sinceCut);
      return { width: FILM_WIDTH, height: FILM_HEIGHT, rgb: canvas.toRgb() };
    },
    audio(startSample, numSamples) {
      const samples = new Float32Array(numSamples);
      let scene = sceneAt(startSample / SAMPLE_RATE_HZ);
      for (let i = 0; i < numSamples; i++) {
        const seconds = (startSample + i) / SAMPLE_RATE_HZ;
        if (seconds >= scene.endSeconds) scene = sceneAt(seconds);
        samples[i] = soundOf(scene, seconds - scene.startSeconds, startSample + i);
      }
      return samples;
    },
  };
}

import { SAMPLE_RATE_HZ, SEGMENT_RATE } from '../../core/time-grid.js';
import { Canvas } from './canvas.js';
import { type Cue, cueIndexAt, cueOf } from './cue.js';
import { DesignedCurves, isSegmentAnnotated } from './designed-curves.js';
import { drawLandscape } from './landscape.js';
import { type Scene, sceneBrightness, sceneIndexAt, sceneOf, sceneShare, sceneZoom } from './scene.js';
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
  /** What is shown `seconds` ≥ 0 after the start. */
  sceneAt(seconds: number): Scene;
  /** What is heard `seconds` ≥ 0 after the start. */
  cueAt(seconds: number): Cue;
  /**
   * What the film is designed to evoke `seconds` after the start, from the end of the first segment on: 15 values in [0, 1] in
   * the order of `LABELS`, a function of what the segments that were over by then showed and let hear in 15 s, and of how old
   * the film is, up to a minute.
   */
  designedAt(seconds: number): number[];
  /** False where the annotations of this film have a hole, as real ones do; asked for at a segment's end. */
  isAnnotatedAt(seconds: number): boolean;
}

/** Index of the last segment that is over at `seconds`; times come from sums of sixths. */
function lastSegment(seconds: number): number {
  return Math.max(0, Math.floor(seconds * SEGMENT_RATE + 1e-3) - 1);
}

/** The film of this seed. The same seed gives the same film. */
export function createFilm(seed: string): Film {
  const number = seedFrom(seed);
  const canvas = new Canvas(FILM_WIDTH, FILM_HEIGHT);
  const curves = new DesignedCurves(number);
  const sceneAt = (seconds: number): Scene => sceneOf(number, sceneIndexAt(number, seconds));
  const cueAt = (seconds: number): Cue => cueOf(number, cueIndexAt(number, seconds));
  return {
    sceneAt,
    cueAt,
    designedAt: (seconds) => curves.after(lastSegment(seconds)),
    isAnnotatedAt: (seconds) => isSegmentAnnotated(number, lastSegment(seconds)),
    frameAt(seconds) {
      const scene = sceneAt(seconds);
      const sinceCut = seconds - scene.startSeconds;
      const share = sceneShare(scene, seconds);
      const brightness = sceneBrightness(scene, share);
      canvas.zoom = sceneZoom(scene, share);
      drawLandscape(canvas, scene, sinceCut, brightness);
      drawSubject(canvas, scene, sinceCut, brightness);
      return { width: FILM_WIDTH, height: FILM_HEIGHT, rgb: canvas.toRgb() };
    },
    audio(startSample, numSamples) {
      const samples = new Float32Array(numSamples);
      let cue = cueAt(startSample / SAMPLE_RATE_HZ);
      for (let i = 0; i < numSamples; i++) {
        const seconds = (startSample + i) / SAMPLE_RATE_HZ;
        if (seconds >= cue.endSeconds) cue = cueAt(seconds);
        samples[i] = soundOf(cue, seconds - cue.startSeconds, startSample + i);
      }
      return samples;
    },
  };
}

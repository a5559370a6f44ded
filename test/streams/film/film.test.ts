import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILM_HEIGHT, FILM_WIDTH, createFilm } from '../../../src/streams/film/film.js';
import { CUE_SOUNDS } from '../../../src/streams/film/cue.js';
import { SCENE_SECONDS, SCENE_SUBJECTS } from '../../../src/streams/film/scene.js';

const film = createFilm('test');

/** Mean difference of two pictures in grey levels. */
function difference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

describe('a film', () => {
  it('is the same for the same seed, in whatever order it is looked at, and another for another', () => {
    const [a, b] = [createFilm('seed'), createFilm('seed')];
    const forwards = [1, 7.25, 100].map((seconds) => a.frameAt(seconds).rgb);
    const backwards = [100, 7.25, 1].map((seconds) => b.frameAt(seconds).rgb).toReversed();
    expect(difference(forwards[0]!, backwards[0]!)).toBe(0);
    expect(forwards.every((rgb, i) => difference(rgb, backwards[i]!) === 0)).toBe(true);
    expect(a.audio(16_000, 160)).toEqual(b.audio(16_000, 160));
    expect(difference(createFilm('other').frameAt(1).rgb, forwards[0]!)).toBeGreaterThan(5);
    expect(createFilm('other').audio(0, 16_000)).not.toEqual(a.audio(0, 16_000));
  });

  it('sounds the same however it is cut into blocks', () => {
    const cut = fc.record({
      start: fc.nat(2_000_000),
      lengths: fc.array(fc.integer({ min: 1, max: 900 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(cut, ({ start, lengths }) => {
        const whole = film.audio(
          start,
          lengths.reduce((sum, length) => sum + length, 0),
        );
        let at = 0;
        for (const length of lengths) {
          expect(film.audio(start + at, length)).toEqual(whole.slice(at, at + length));
          at += length;
        }
      }),
      { numRuns: 25 },
    );
  });

  it('has pictures of its size that are neither flat nor still', () => {
    for (let seconds = 0; seconds < 60; seconds += 2.5) {
      const { width, height, rgb } = film.frameAt(seconds);
      expect([width, height, rgb.length]).toEqual([FILM_WIDTH, FILM_HEIGHT, FILM_WIDTH * FILM_HEIGHT * 3]);
      expect(new Set(rgb).size).toBeGreaterThan(4);
      expect(difference(rgb, film.frameAt(seconds + 1 / 6).rgb)).toBeGreaterThan(0.1);
    }
  });

  it('keeps its sound within bounds, loud where it is not silent, and changing from cue to cue', () => {
    const loudness = new Map<string, number>();
    for (let index = 0, seconds = 0; index < 60; index++) {
      const cue = film.cueAt(seconds);
      const middle = Math.round(8000 * (cue.startSeconds + cue.endSeconds));
      const samples = film.audio(middle - 8000, 16_000);
      expect(samples.every((value) => Number.isFinite(value) && Math.abs(value) <= 1)).toBe(true);
      loudness.set(cue.sound, Math.max(rms(samples), loudness.get(cue.sound) ?? 0));
      seconds = cue.endSeconds;
    }
    expect(new Set(loudness.keys())).toEqual(new Set(CUE_SOUNDS));
    for (const [sound, level] of loudness) {
      if (sound === 'silence') expect(level).toBeLessThan(0.01);
      else expect(level).toBeGreaterThan(0.04);
    }
  });

  it('consists of scenes of a few seconds that follow each other without a seam', () => {
    let seconds = 0;
    const subjects = new Set<string>();
    for (let index = 0; index < 200; index++) {
      const scene = film.sceneAt(seconds);
      expect(scene.index).toBe(index);
      expect(scene.startSeconds).toBe(seconds);
      const lengthSeconds = scene.endSeconds - scene.startSeconds;
      expect(lengthSeconds).toBeGreaterThan(SCENE_SECONDS - 3.01);
      expect(lengthSeconds).toBeLessThan(SCENE_SECONDS + 3.01);
      expect(film.sceneAt(scene.endSeconds - 1e-6).index).toBe(index);
      subjects.add(scene.subject);
      seconds = scene.endSeconds;
    }
    expect(subjects).toEqual(new Set(SCENE_SUBJECTS));
  });

  it('has no end', () => {
    const year = 86_400 * 365;
    expect(new Set(film.frameAt(year).rgb).size).toBeGreaterThan(20);
    expect(film.audio(year * 16_000, 16_000).some((value) => value !== 0)).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../src/core/labels.js';
import { DESIGN } from '../../../src/streams/film/design.js';
import { drivesOf } from '../../../src/streams/film/drives.js';
import { createFilm } from '../../../src/streams/film/film.js';
import { seedFrom } from '../../../src/streams/film/seeded-noise.js';

const NUM_SEGMENTS = 360;

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

describe('the designed curves', () => {
  const film = createFilm('curves');
  const curves = Array.from({ length: NUM_SEGMENTS }, (_, k) => film.designedAt((k + 1) / 6));

  it('are 15 values in [0, 1] that all move within a minute', () => {
    for (const [i, label] of LABELS.entries()) {
      const values = curves.map((row) => row[i]!);
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
      expect(standardDeviation(values), label).toBeGreaterThan(0.06);
    }
  });

  it('are the same in whatever order they are asked for, and others for another film', () => {
    const other = createFilm('curves');
    expect(other.designedAt(50)).toEqual(curves[299]);
    expect(other.designedAt(10)).toEqual(curves[59]);
    expect(createFilm('another').designedAt(50)).not.toEqual(curves[299]);
  });

  it('hold for the whole segment after the one that was just over', () => {
    expect(film.designedAt(10.16)).toEqual(film.designedAt(10));
    expect(film.designedAt(10.17)).not.toEqual(film.designedAt(10));
  });

  it('answer to pictures and to sound, each of them', () => {
    expect(DESIGN.map(({ label }) => label)).toEqual(LABELS);
    for (const { seen, heard } of DESIGN) {
      expect(Object.keys(seen).length).toBeGreaterThan(0);
      expect(Object.keys(heard).length).toBeGreaterThan(0);
    }
  });

  it('have holes in their annotations, about a tenth of the time', () => {
    let annotated = 0;
    const total = 6 * 3600;
    for (let k = 0; k < total; k++) if (film.isAnnotatedAt((k + 1) / 6)) annotated += 1;
    expect(annotated / total).toBeGreaterThan(0.85);
    expect(annotated / total).toBeLessThan(0.95);
  });

  it('count a burst once, in the segment in which it begins', () => {
    const seed = seedFrom('curves');
    let bursts = 0;
    let expected = 0;
    for (let index = 0; index < 200; index++) {
      const cue = film.cueAt(index * 4.5 + 0.1);
      if (cue.sound !== 'bursts' || cue.index !== index) continue;
      expected += Math.ceil((cue.endSeconds - cue.startSeconds) * cue.beatHz);
      for (let k = Math.ceil(cue.startSeconds * 6); k < Math.floor(cue.endSeconds * 6); k++)
        bursts += drivesOf(seed, k).burst;
    }
    expect(Math.abs(bursts - expected)).toBeLessThan(0.2 * expected);
  });
});

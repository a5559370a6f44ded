import { describe, expect, it } from 'vitest';
import { fnv1a32, seededFloats, seededUniform } from '../../../src/model/weights/seeded.js';

describe('seeded values', () => {
  it('hashes as FNV-1a does', () => {
    // Test vectors of the algorithm's authors.
    expect(fnv1a32('')).toBe(0x811c9dc5);
    expect(fnv1a32('a')).toBe(0xe40c292c);
    expect(fnv1a32('foobar')).toBe(0xbf9cf968);
  });

  it('fills an array with the values of the sequence, scaled and shifted', () => {
    const uniform = seededUniform('salt', 'name');
    const expected = Float32Array.from({ length: 100 }, () => 3 + 0.5 * uniform());
    expect(seededFloats('salt', 'name', 100, 0.5, 3)).toEqual(expected);
  });

  it('depends on salt and name', () => {
    const values = [seededFloats('a', 'x', 4, 1), seededFloats('b', 'x', 4, 1), seededFloats('a', 'y', 4, 1)];
    expect(new Set(values.map((array) => array.join())).size).toBe(3);
  });

  it('is uniform over [-1, 1)', () => {
    const values = seededFloats('salt', 'spread', 200_000, 1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const meanSquare = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(Math.abs(meanSquare - 1 / 3)).toBeLessThan(0.01);
    expect(values.every((value) => value >= -1 && value <= 1)).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { seededUniform } from '../../../src/model/weights/seeded.js';
import { RandomStream } from '../../../src/training/trainer/random-stream.js';

it('continues from its state, and is the sequence that seeds give elsewhere', () => {
  const stream = new RandomStream('salt', 'name');
  const reference = seededUniform('salt', 'name');
  for (let i = 0; i < 5; i++) expect(stream.next() * 2 - 1).toBe(reference());
  const { state } = stream;
  const next = stream.dropoutMask(7, 0.5);
  const other = new RandomStream('another', 'name');
  other.state = state;
  expect(other.dropoutMask(7, 0.5)).toEqual(next);
});

it('drops the share that it is told to, and keeps the mean', () => {
  const { factors, kept } = new RandomStream('salt', 'mask').dropoutMask(100_001, 0.3);
  const dropped = factors.filter((factor) => factor === 0).length / factors.length;
  expect(dropped).toBeCloseTo(0.3, 2);
  expect(factors.reduce((sum, factor) => sum + factor, 0) / factors.length).toBeCloseTo(1, 2);
  expect(new Set(factors)).toEqual(new Set([0, Math.fround(kept)]));
});

it('keeps steps in order, and at least one', () => {
  const stream = new RandomStream('salt', 'kept');
  const kept = stream.keptIndices(10_000, 0.25);
  expect(kept.length / 10_000).toBeCloseTo(0.75, 1);
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
  for (let i = 0; i < 50; i++) expect(stream.keptIndices(1, 0.99)).toEqual([0]);
});

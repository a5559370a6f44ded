import { expect, it } from 'vitest';
import { inputStatistics } from '../../../src/training/trainer/index.js';
import { randomSequence } from './sequences.js';

it('gives each column’s mean and std over all videos, the timestamp’s last', () => {
  const base = { ...randomSequence('statistics', 2, 2), labels: new Float32Array(30) };
  const first = { ...base, embeddings: Float32Array.of(1, 10, 3, 10), seconds: Float64Array.of(0, 1) };
  const second = { ...first, embeddings: Float32Array.of(5, 10, 7, 10), seconds: Float64Array.of(2, 3) };
  const { mean, std } = inputStatistics([first, second]);
  expect([...mean]).toEqual([4, 10, 1.5]);
  expect(std[0]).toBeCloseTo(Math.sqrt(5), 12);
  expect(std[2]).toBeCloseTo(Math.sqrt(1.25), 12);
  // The second column never moves: it counts as moving 1/100 as much as the columns do on average.
  expect(std[1]).toBeCloseTo(0.01 * Math.sqrt(2.5), 12);
});

import { expect, it } from 'vitest';
import { slopeOf } from '../../src/bench/least-squares.js';

it('is the slope of a line, whatever is scattered evenly around it', () => {
  const samples = Array.from({ length: 101 }, (_, i) => ({ x: i, y: 3 - 0.25 * i + (i % 2 === 0 ? 1 : -1) }));
  expect(slopeOf(samples)).toBeCloseTo(-0.25, 3);
  expect(slopeOf([{ x: 1, y: 5 }])).toBeNaN();
});

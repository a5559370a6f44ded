import { expect, it } from 'vitest';
import { seededTowerWeights } from '../../../src/model/tower/seeded.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { Tower } from '../../../src/model/tower/tower.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';

const DIM = 64;
const SPEC = uniformTowerSpec({ numInputs: DIM + 1, numChannels: 128 });

async function scores(seed: string, seconds: (step: number) => number): Promise<Float32Array> {
  const numSteps = 240;
  const x = seededFloats('seeded', 'x', numSteps * (DIM + 1), 0.2, 0.2);
  for (let step = 0; step < numSteps; step++) x[step * (DIM + 1) + DIM] = seconds(step);
  const tower = await Tower.create(seededTowerWeights(seed, SPEC, DIM));
  try {
    return await tower.steps(tower.createState(), x);
  } finally {
    await tower.release();
  }
}

it('makes the same tower from the same seed, and another from another', async () => {
  const first = await scores('a', (step) => step / 6);
  expect(await scores('a', (step) => step / 6)).toEqual(first);
  expect(await scores('b', (step) => step / 6)).not.toEqual(first);
});

it('gives finite scores that move from step to step, and that the timestamp does not swamp', async () => {
  const early = await scores('a', (step) => step / 6);
  const late = await scores('a', (step) => 80 + step / 6);
  const { numLabels } = SPEC;
  let movement = 0;
  let drift = 0;
  let count = 0;
  for (let i = 40 * numLabels; i < early.length; i++) {
    expect(Number.isFinite(early[i]!)).toBe(true);
    movement += Math.abs(early[i]! - early[i - numLabels]!);
    drift += Math.abs(late[i]! - early[i]!);
    count++;
  }
  expect(movement / count).toBeGreaterThan(0.01);
  expect(movement / count).toBeLessThan(0.5);
  expect(drift / count).toBeLessThan(0.5);
});

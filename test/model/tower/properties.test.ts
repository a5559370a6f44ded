import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import type { TowerState } from '../../../src/model/tower/state.js';
import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { recipeTower } from './golden-tower.js';

/** The paper's blocks, narrow: the last input is the timestamp. */
const SPEC = uniformTowerSpec({ numInputs: 7, numChannels: 6, numHidden: 5, numLabels: 3 });
const NUM_STEPS = 260;
const RECEPTIVE_FIELD = 121;

let tower: Tower;
let x: Float32Array;
let scores: Float32Array[];
beforeAll(async () => {
  tower = await Tower.create(towerWeights(recipeTower('properties', SPEC)));
  x = seededFloats('properties', 'x', NUM_STEPS * SPEC.numInputs, 1);
  for (let step = 0; step < NUM_STEPS; step++) x[(step + 1) * SPEC.numInputs - 1] = step / 6;
  scores = await streamed(x);
});
afterAll(() => tower.release());

function row(values: Float32Array, step: number): Float32Array {
  return values.subarray(step * SPEC.numInputs, (step + 1) * SPEC.numInputs);
}

async function streamed(values: Float32Array, state = tower.createState()): Promise<Float32Array[]> {
  const rows = [];
  for (let step = 0; step < values.length / SPEC.numInputs; step++) {
    rows.push((await tower.step([{ state, x: row(values, step) }]))[0]!);
  }
  return rows;
}

/** A step of the first 130 with the values that take the place of its own; the timestamp stays. */
const change = fc.record({
  step: fc.nat(NUM_STEPS - RECEPTIVE_FIELD - 9),
  values: fc.array(fc.double({ min: 5, max: 50, noNaN: true }), { minLength: 6, maxLength: 6 }),
});

it('lets a changed step change nothing before it, bit by bit, wherever it is', async () => {
  await fc.assert(
    fc.asyncProperty(change, async ({ step, values }) => {
      const changed = x.slice();
      row(changed, step).set(values);
      const got = await streamed(changed);
      expect(got.slice(0, step)).toEqual(scores.slice(0, step));
      expect(got[step]).not.toEqual(scores[step]);
    }),
    { numRuns: 12 },
  );
});

it('lets a step change nothing from 121 steps after it on, bit by bit, with the timestamps fixed', async () => {
  await fc.assert(
    fc.asyncProperty(change, async ({ step, values }) => {
      const changed = x.slice();
      row(changed, step).set(values);
      const end = step + RECEPTIVE_FIELD;
      expect((await streamed(changed)).slice(end)).toEqual(scores.slice(end));
    }),
    { numRuns: 12 },
  );
});

it('lets a step reach exactly as far, where no ReLU is shut', async () => {
  const tensors = recipeTower('properties', SPEC);
  const positive = [...tensors].map(([name, tensor]) => {
    const data = Float32Array.from(tensor.data as Float32Array, Math.abs);
    return [name, { ...tensor, data } as typeof tensor] as const;
  });
  const open = await Tower.create(towerWeights(new Map(positive)));
  try {
    const values = x.map(Math.abs);
    const changed = values.slice();
    // The oldest taps of 16 convolutions carry a small share: only a large change is seen through them in float32.
    row(changed, 30).fill(1e9);
    const run = (rows: Float32Array) => open.steps(open.createState(), rows, NUM_STEPS);
    const [got, before] = [await run(changed), await run(values)];
    const last = got.findLastIndex((value, i) => value !== before[i]);
    expect(Math.floor(last / SPEC.numLabels)).toBe(30 + RECEPTIVE_FIELD - 1);
  } finally {
    await open.release();
  }
});

it('forgets all that was before the receptive field: a warm state does not tell where its stream began', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(NUM_STEPS - RECEPTIVE_FIELD - 1), async (start) => {
      const late = await streamed(x.subarray(start * SPEC.numInputs));
      expect(late.slice(RECEPTIVE_FIELD - 1)).toEqual(scores.slice(start + RECEPTIVE_FIELD - 1));
    }),
    { numRuns: 8 },
  );
});

it('keeps a stream as it is while others come into its batch and leave it', async () => {
  const others = fc.array(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 60, maxLength: 60 }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(others, async (plans) => {
      const own = tower.createState();
      const states: (TowerState | null)[] = plans.map(() => null);
      for (let step = 0; step < 60; step++) {
        const batch = [{ state: own, x: row(x, step) }];
        for (const [index, plan] of plans.entries()) {
          // 0 leaves (and comes anew later), 1 stays away for a step, more takes as many steps less one.
          const what = plan[step]!;
          if (what === 0) states[index] = null;
          if (what < 2) continue;
          const state = (states[index] ??= tower.createState());
          const first = (step * 3 + index * 17) % 200;
          const steps = x.subarray(first * SPEC.numInputs, (first + what - 1) * SPEC.numInputs);
          batch.splice((step + index) % (batch.length + 1), 0, { state, x: steps });
        }
        const results = await tower.run(batch);
        const got = results[batch.findIndex(({ state }) => state === own)]!;
        const largest = Math.max(...scores[step]!.map(Math.abs));
        for (const [i, value] of scores[step]!.entries()) {
          expect(Math.abs(got[i]! - value)).toBeLessThanOrEqual(1e-4 * largest);
        }
      }
      expect(own.numSteps).toBe(60);
    }),
    { numRuns: 15 },
  );
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TowerSpec, uniformTowerSpec } from '../../../src/model/tower/spec.js';
import type { TowerState } from '../../../src/model/tower/state.js';
import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { recipeTower, relativeDifference } from './golden-tower.js';
import { referenceTower } from './reference-tower.js';

const MODES_TOLERANCE = 1e-4;

const SPEC = uniformTowerSpec({ numInputs: 7, numChannels: 6, numHidden: 5, numLabels: 3 });
const NUM_STEPS = 150;

function inputs(name: string, spec: TowerSpec, numSteps: number): Float32Array {
  return seededFloats('streaming', name, numSteps * spec.numInputs, 1);
}

function rows(x: Float32Array, spec: TowerSpec, from: number, to: number): Float32Array {
  return x.subarray(from * spec.numInputs, to * spec.numInputs);
}

async function streamed(tower: Tower, x: Float32Array): Promise<Float32Array> {
  const { spec } = tower;
  const state = tower.createState();
  const numSteps = x.length / spec.numInputs;
  const scores = new Float32Array(numSteps * spec.numLabels);
  for (let step = 0; step < numSteps; step++) {
    const [row] = await tower.step([{ state, x: rows(x, spec, step, step + 1) }]);
    scores.set(row!, step * spec.numLabels);
  }
  return scores;
}

describe('tower against a plain reference', () => {
  const conv = (inChannels: number, outChannels: number, kernelSize: number, dilation: number) => ({
    inChannels,
    outChannels,
    kernelSize,
    dilation,
  });
  const specs: [name: string, spec: TowerSpec, numSteps: number][] = [
    ['paper-like', SPEC, 150],
    ['kernel 1', uniformTowerSpec({ numInputs: 4, numChannels: 4, kernelSize: 1, numLevels: 2 }), 10],
    ['kernel 2', uniformTowerSpec({ numInputs: 5, numChannels: 4, kernelSize: 2, numStacks: 1 }), 60],
    ['kernel 5', uniformTowerSpec({ numInputs: 5, numChannels: 4, kernelSize: 5, numStacks: 3 }), 60],
    ['dilation longer than the input', uniformTowerSpec({ numInputs: 3, numChannels: 4, numLevels: 6 }), 9],
    ['one step only', SPEC, 1],
    [
      'widths that change from block to block',
      {
        numInputs: 6,
        blocks: [
          { conv1: conv(6, 4, 3, 1), conv2: conv(4, 4, 3, 1), hasDownsample: true },
          { conv1: conv(4, 9, 3, 2), conv2: conv(9, 9, 3, 2), hasDownsample: true },
          { conv1: conv(9, 9, 3, 4), conv2: conv(9, 9, 3, 4), hasDownsample: false },
        ],
        numHidden: 3,
        numLabels: 15,
      },
      40,
    ],
  ];

  it.each(specs)('agrees at every step: %s', async (_, spec, numSteps) => {
    const tensors = recipeTower('reference', spec);
    const weights = towerWeights(tensors);
    expect(weights.spec).toEqual(spec);
    const tower = await Tower.create(weights);
    try {
      const x = inputs('reference', spec, numSteps);
      const expected = referenceTower(weights, x);
      expect(relativeDifference(await tower.steps(tower.createState(), x, numSteps), expected)).toBeLessThan(
        MODES_TOLERANCE,
      );
      expect(relativeDifference(await streamed(tower, x), expected)).toBeLessThan(MODES_TOLERANCE);
    } finally {
      await tower.release();
    }
  });
});

describe('tower in pieces', () => {
  let tower: Tower;
  let streams: { x: Float32Array; offline: Float32Array }[];
  beforeAll(async () => {
    tower = await Tower.create(towerWeights(recipeTower('pieces', SPEC)));
    streams = [];
    for (let stream = 0; stream < 5; stream++) {
      const x = inputs(`stream${stream}`, SPEC, NUM_STEPS);
      streams.push({ x, offline: await tower.steps(tower.createState(), x, NUM_STEPS) });
    }
  });
  afterAll(() => tower.release());

  const label = SPEC.numLabels;

  it('does not depend on batches, on chunks, or on who joins and leaves', async () => {
    const joins = fc.record({
      firstCall: fc.nat(12),
      chunks: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(joins, { minLength: 1, maxLength: 5 }),
        fc.constantFrom(1, 7, 64, 4096),
        async (plans, maxRows) => {
          const live = plans.map((plan, index) => ({
            ...plan,
            ...streams[index]!,
            state: tower.createState(),
            done: 0,
          }));
          for (let call = 0; call < 24; call++) {
            const present = live.flatMap((stream) => {
              const size = stream.chunks[call - stream.firstCall];
              if (size === undefined) return [];
              const end = Math.min(stream.done + size, NUM_STEPS);
              const part = { state: stream.state, x: rows(stream.x, SPEC, stream.done, end) };
              return [{ stream, end, part }];
            });
            const results = await tower.run(
              present.map(({ part }) => part),
              maxRows,
            );
            for (const [index, { stream, end }] of present.entries()) {
              const expected = stream.offline.subarray(stream.done * label, end * label);
              let largest = 0;
              for (const value of stream.offline) largest = Math.max(largest, Math.abs(value));
              for (const [i, value] of expected.entries()) {
                expect(Math.abs(results[index]![i]! - value)).toBeLessThan(MODES_TOLERANCE * largest);
              }
              stream.done = end;
              expect(stream.state.numSteps).toBe(end);
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives a row in a batch what it gives the row alone', async () => {
    const states = streams.map(({ x }, index) => warmState(tower, rows(x, SPEC, 0, 10 * index)));
    const settled = await Promise.all(states);
    const batch = settled.map((state, index) => ({
      state: tower.getState(state),
      x: rows(streams[index]!.x, SPEC, state.numSteps, state.numSteps + 1),
    }));
    const alone = [];
    for (const { state, x } of batch)
      alone.push((await tower.step([{ state: tower.getState(state), x }]))[0]!);
    const together = await tower.step(batch);
    for (const [index, scores] of together.entries()) {
      expect(relativeDifference(scores, alone[index]!)).toBeLessThan(MODES_TOLERANCE);
    }
  });

  it('lets a step change nothing before it, and nothing 121 steps after it', async () => {
    const { x, offline } = streams[0]!;
    const changed = x.slice();
    const step = 20;
    for (let i = 0; i < SPEC.numInputs; i++) changed[step * SPEC.numInputs + i] = 50;
    const scores = await streamed(tower, changed);
    const differs = (at: number): boolean =>
      relativeDifference(
        scores.subarray(at * label, (at + 1) * label),
        offline.subarray(at * label, (at + 1) * label),
      ) > MODES_TOLERANCE;
    expect(tower.receptiveField).toBe(121);
    for (let at = 0; at < step; at++) expect(differs(at)).toBe(false);
    expect(differs(step)).toBe(true);
    expect(differs(step + 1)).toBe(true);
    for (let at = step + 121; at < NUM_STEPS; at++) expect(differs(at)).toBe(false);
  });

  it('fails the comparison where the state is lost at every step (control)', async () => {
    const { x, offline } = streams[0]!;
    const state = tower.createState();
    const scores = new Float32Array(offline.length);
    for (let step = 0; step < NUM_STEPS; step++) {
      tower.reset(state);
      const [row] = await tower.step([{ state, x: rows(x, SPEC, step, step + 1) }]);
      scores.set(row!, step * label);
    }
    expect(relativeDifference(scores, offline)).toBeGreaterThan(100 * MODES_TOLERANCE);
  });

  it('goes on from a saved state, and starts anew after a reset', async () => {
    const { x, offline } = streams[1]!;
    const state = await warmState(tower, rows(x, SPEC, 0, 60));
    const saved = tower.getState(state);
    const rest = await tower.steps(state, rows(x, SPEC, 60, NUM_STEPS));
    tower.setState(state, saved);
    expect(await tower.steps(state, rows(x, SPEC, 60, NUM_STEPS))).toEqual(rest);
    expect(relativeDifference(rest, offline.subarray(60 * label))).toBeLessThan(MODES_TOLERANCE);
    tower.reset(state);
    expect(tower.isWarm(state)).toBe(false);
    expect(relativeDifference(await tower.steps(state, x, NUM_STEPS), offline)).toBeLessThan(MODES_TOLERANCE);
    expect(tower.isWarm(state)).toBe(true);
  });

  it('runs calls in the order in which they were made', async () => {
    const { x, offline } = streams[2]!;
    const state = tower.createState();
    const calls = [];
    for (let step = 0; step < 30; step++)
      calls.push(tower.step([{ state, x: rows(x, SPEC, step, step + 1) }]));
    for (const [step, [scores]] of (await Promise.all(calls)).entries()) {
      const expected = offline.subarray(step * label, (step + 1) * label);
      expect(relativeDifference(scores!, expected)).toBeLessThan(MODES_TOLERANCE);
    }
  });

  it('refuses rows of another width, a stream twice and a state of another tower, and leaves states alone', async () => {
    const { x } = streams[0]!;
    const state = await warmState(tower, rows(x, SPEC, 0, 5));
    const before = tower.getState(state);
    const row = rows(x, SPEC, 5, 6);
    const bad: { state: TowerState; x: Float32Array }[][] = [
      [{ state, x: row.subarray(1) }],
      [{ state, x: rows(x, SPEC, 5, 7) }],
      [
        { state, x: row },
        { state, x: row },
      ],
      [
        { state, x: row },
        { state: { numSteps: 0, taps: new Float32Array(3) }, x: row },
      ],
    ];
    for (const batch of bad)
      await expect(tower.step(batch)).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT' });
    expect(state).toEqual(before);
  });
});

async function warmState(tower: Tower, x: Float32Array): Promise<TowerState> {
  const state = tower.createState();
  await tower.steps(state, x);
  return state;
}

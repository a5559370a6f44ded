import { afterEach, describe, expect, it } from 'vitest';
import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { goldenTower, relativeDifference } from './golden-tower.js';

const NAMES = ['visual', 'audio', 'audio-weightnorm', 'audio-noposition', 'small'];
const TOLERANCE = 2e-4;
const MODES_TOLERANCE = 1e-4;

let tower: Tower | undefined;
afterEach(async () => {
  await tower?.release();
  tower = undefined;
});

describe.each(NAMES)('tower tcn-%s of the reference files', (name) => {
  it('gives the authors’ scores step by step and at once', async () => {
    const golden = goldenTower(name);
    const weights = towerWeights(golden.tensors);
    tower = await Tower.create(weights);
    const { numInputs, numLabels } = tower.spec;
    expect(numInputs).toBe(golden.config.width + (golden.config.position ? 1 : 0));
    expect(tower.receptiveField).toBe(121);

    const offline = await tower.steps(tower.createState(), golden.x, golden.numSteps);
    expect(relativeDifference(offline, golden.scores)).toBeLessThan(TOLERANCE);

    const state = tower.createState();
    const streaming = new Float32Array(golden.scores.length);
    for (let step = 0; step < golden.numSteps; step++) {
      const [scores] = await tower.step([
        { state, x: golden.x.subarray(step * numInputs, (step + 1) * numInputs) },
      ]);
      streaming.set(scores!, step * numLabels);
      expect(tower.isWarm(state)).toBe(step + 1 >= 121);
    }
    expect(relativeDifference(streaming, golden.scores)).toBeLessThan(TOLERANCE);
    expect(relativeDifference(streaming, offline)).toBeLessThan(MODES_TOLERANCE);
  });
});

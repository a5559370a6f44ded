import { afterEach, beforeEach, expect, it } from 'vitest';
import { EvokedError } from '../../../src/core/errors.js';
import type { Extractor } from '../../../src/model/extractor.js';
import type { LaneSegment } from '../../../src/model/inference/lane-messages.js';
import { LaneModel } from '../../../src/model/inference/lane-model.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { Tower } from '../../../src/model/tower/tower.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { recipeTower, relativeDifference } from '../tower/golden-tower.js';

const DIM = 4;
const SPEC = uniformTowerSpec({
  numInputs: DIM + 1,
  numChannels: 6,
  numLevels: 2,
  numHidden: 5,
  numLabels: 3,
});
const SCALE = 10;

/** An extractor whose embedding is the first values of its input; notes how many inputs each call had. */
function headExtractor(calls: number[]): Extractor {
  return {
    modality: 'audio',
    dim: DIM,
    embedBatchSize: 2,
    embed: (inputs) => {
      calls.push(inputs.length);
      const values = new Float32Array(inputs.length * DIM);
      for (const [i, input] of inputs.entries()) {
        if (input.length !== DIM) return Promise.reject(new EvokedError('ERR_MODEL_INPUT', { what: 'bad' }));
        values.set(input, i * DIM);
      }
      return Promise.resolve(values);
    },
    release: () => Promise.resolve(),
  };
}

let calls: number[];
let tower: Tower;
let model: LaneModel;
let nowMs: number;
beforeEach(async () => {
  calls = [];
  nowMs = 100;
  tower = await Tower.create(towerWeights(recipeTower('lane', SPEC)));
  model = new LaneModel(headExtractor(calls), tower, SCALE, { nowMs: () => nowMs++ });
});
afterEach(() => model.release());

let nextId = 0;
function segment(stream: number, seq: number, run = 0): LaneSegment {
  const input = Float32Array.from({ length: DIM }, (_, i) => Math.sin(stream + seq * (i + 1)));
  return { type: 'segment', id: nextId++, stream, run, positionSeconds: seq / 6, input, requestedAtMs: 90 };
}

async function expected(stream: number, numSteps: number): Promise<number[]> {
  const x = Array.from({ length: numSteps }, (_, seq) => [...segment(stream, seq).input, seq / 6]).flat();
  const scores = await tower.steps(tower.createState(), Float32Array.from(x));
  return Array.from(scores, (value) => value / SCALE);
}

it('scores segments of many streams, several of one too, as each stream alone', async () => {
  const batches = [
    [segment(1, 0), segment(2, 0), segment(1, 1)],
    [segment(2, 1)],
    [segment(1, 2), segment(1, 3), segment(2, 2), segment(1, 4)],
  ];
  const results = new Map<number, number[]>([
    [1, []],
    [2, []],
  ]);
  for (const batch of batches) {
    for (const [i, score] of (await model.score(batch)).entries()) {
      expect(score.id).toBe(batch[i]!.id);
      results.get(batch[i]!.stream)!.push(...score.scores);
    }
  }
  expect(relativeDifference(results.get(1)!, await expected(1, 5))).toBeLessThan(1e-4);
  expect(relativeDifference(results.get(2)!, await expected(2, 3))).toBeLessThan(1e-4);
  expect(calls).toEqual([2, 1, 1, 2, 2]);
});

it('starts a stream anew with a new run, and when it was forgotten', async () => {
  const [first] = await model.score([segment(1, 0)]);
  await model.score([segment(1, 1)]);
  const [again] = await model.score([segment(1, 0, 1)]);
  expect(again!.scores).toEqual(first!.scores);
  const [not] = await model.score([segment(1, 0, 1)]);
  expect(not!.scores).not.toEqual(first!.scores);
  expect(model.numStreams).toBe(1);
  model.forget(1);
  expect(model.numStreams).toBe(0);
  const [fresh] = await model.score([segment(1, 0, 1)]);
  expect(fresh!.scores).toEqual(first!.scores);
});

it('says warm from the step that fills the receptive field, and measures its stages', async () => {
  const segments = Array.from({ length: tower.receptiveField + 1 }, (_, seq) => segment(1, seq));
  const scores = await model.score(segments);
  expect(scores.findIndex(({ isWarm }) => isWarm)).toBe(tower.receptiveField - 1);
  expect(scores.at(-1)).toMatchObject({ isWarm: true, queueMs: 10, embedMs: 1, stepMs: 1 });
});

it('leaves the state as it was where a segment cannot be embedded', async () => {
  await model.score([segment(1, 0)]);
  const bad = { ...segment(1, 1), input: new Float32Array(2) };
  await expect(model.score([bad])).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT' });
  const [score] = await model.score([segment(1, 1)]);
  const rows = await expected(1, 2);
  expect(relativeDifference(score!.scores, rows.slice(3))).toBeLessThan(1e-4);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Segment } from '../../../src/core/media.js';
import { segmentNumSamples, segmentStartUs } from '../../../src/core/time-grid.js';
import { createScoringEngine } from '../../../src/model/inference/engine.js';
import { packDigest } from '../../../src/model/inference/pack-digest.js';
import { loadPack, type ModelPack } from '../../../src/model/pack/load-pack.js';
import type { Scorer, ScoringEngine } from '../../../src/model/scoring.js';
import { decodeStreamState, encodeStreamState } from '../../../src/model/tower/state-bytes.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { testManifest } from '../pack/test-manifest.js';

const NUM_SEGMENTS = 24;
const REFUSED = expect.objectContaining({ code: 'ERR_MODEL_STATE' }) as unknown;

function segment(seq: number, epoch = 0): Segment {
  const audio = seededFloats('saved', `audio${seq}`, segmentNumSamples(seq), 0.3);
  const times = { ptsUs: segmentStartUs(seq), arrivedAtMs: 0 };
  return {
    type: 'segment',
    epoch,
    seq,
    timelineIndex: seq,
    ...times,
    frame: null,
    audio,
    flags: [],
    previewJpeg: null,
  };
}

let folder: string;
let pack: ModelPack;
/** Two engines of the same pack: what one saves the other goes on from. */
let engines: ScoringEngine[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-state-'));
  // Sound alone: a segment takes 2 ms.
  const manifest = { ...testManifest(), visual: undefined };
  await writeFile(join(folder, 'pack.json'), JSON.stringify(manifest));
  pack = await loadPack(folder);
  const make = () => createScoringEngine(pack, { visualWorkers: 1, audioWorkers: 1 });
  engines = await Promise.all([make(), make()]);
});
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await rm(folder, { recursive: true });
});

const open = (which: number, state?: Uint8Array): Scorer =>
  engines[which]!.open({ position: 'elapsed', ...(state === undefined ? {} : { state }) });

async function scoreAll(scorer: Scorer, from: number, to: number): Promise<(readonly number[])[]> {
  const scores = [];
  for (let seq = from; seq < to; seq++) scores.push((await scorer.score(segment(seq))).score.scores);
  return scores;
}

it('goes on exactly as if it had never stopped, in another engine, wherever it was cut', async () => {
  const only = open(0);
  const uninterrupted = await scoreAll(only, 0, NUM_SEGMENTS);
  const end = await only.saveState();
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(NUM_SEGMENTS), { maxLength: 3 }), async (cuts) => {
      let scorer = open(0);
      let from = 0;
      const scores = [];
      for (const [index, cut] of [...cuts.toSorted((a, b) => a - b), NUM_SEGMENTS].entries()) {
        scores.push(...(await scoreAll(scorer, from, cut)));
        const state = await scorer.saveState();
        scorer.close();
        scorer = open((index + 1) % 2, state);
        from = cut;
      }
      expect(scores).toEqual(uninterrupted);
      expect(await scorer.saveState()).toEqual(end);
      scorer.close();
    }),
    { numRuns: 8 },
  );
  only.close();
});

it('saves in order with the calls of score, waiting for none', async () => {
  const scorer = open(0);
  const calls = Array.from({ length: 6 }, (_, seq) => scorer.score(segment(seq)));
  const early = scorer.saveState();
  const later = Array.from({ length: 6 }, (_, i) => scorer.score(segment(6 + i)));
  const state = decodeStreamState(await early);
  expect(state).toMatchObject({ last: { epoch: 0, seq: 5 }, packDigest: packDigest(pack) });
  expect(state.towers.audio!.numSteps).toBe(6);
  expect(state.towers.visual).toBeUndefined();
  await Promise.all([...calls, ...later]);
  expect(decodeStreamState(await scorer.saveState()).last).toEqual({ epoch: 0, seq: 11 });
  scorer.close();
  await expect(scorer.saveState()).rejects.toMatchObject({ code: 'ERR_MODEL_WORKER' });
});

it('saves nothing of an epoch before', async () => {
  const [scorer, fresh] = [open(0), open(0)];
  await scoreAll(scorer, 0, 3);
  await scorer.score(segment(0, 1));
  await fresh.score(segment(0, 1));
  expect(await scorer.saveState()).toEqual(await fresh.saveState());
  for (const each of [scorer, fresh]) each.close();
});

it('starts from a state that was saved before the first segment, and anew with a later epoch', async () => {
  const first = open(0);
  const empty = await first.saveState();
  expect(decodeStreamState(empty)).toMatchObject({ last: null, towers: { audio: { numSteps: 0 } } });
  const expected = await scoreAll(first, 0, 3);
  const restored = open(1, empty);
  expect(await scoreAll(restored, 0, 3)).toEqual(expected);
  const later = open(1, await restored.saveState());
  const { score } = await later.score(segment(0, 1));
  expect(score.scores).toEqual(expected[0]);
  for (const scorer of [first, restored, later]) scorer.close();
});

it('refuses a segment that the state has behind it, and goes on with the next', async () => {
  const scorer = open(0);
  await scoreAll(scorer, 0, 4);
  const restored = open(1, await scorer.saveState());
  await expect(restored.score(segment(3))).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT' });
  expect(await scoreAll(restored, 4, 6)).toEqual(await scoreAll(scorer, 4, 6));
  for (const each of [scorer, restored]) each.close();
});

it('refuses a damaged state, one of another pack, and one of other towers', async () => {
  const scorer = open(0);
  await scoreAll(scorer, 0, 2);
  const bytes = await scorer.saveState();
  scorer.close();
  const state = decodeStreamState(bytes);
  expect(() => open(0, bytes.subarray(0, -1))).toThrow(REFUSED);
  expect(() => open(0, encodeStreamState({ ...state, packDigest: '00'.repeat(32) }))).toThrow(
    /another model pack/,
  );
  expect(() => open(0, encodeStreamState({ ...state, towers: {} }))).toThrow(/other towers/);
  const audio = { numSteps: 2, lastSeq: 1, taps: new Float32Array(2), shape: [1, 2] };
  const misshapen = open(0, encodeStreamState({ ...state, towers: { audio } }));
  await expect(misshapen.score(segment(2))).rejects.toEqual(REFUSED);
  await expect(misshapen.saveState()).rejects.toEqual(REFUSED);
  misshapen.close();
});

it('names a pack by what it says, not by how it is written', () => {
  const { folder: other, manifest } = pack;
  const reversed = Object.fromEntries(Object.entries(manifest).toReversed()) as typeof manifest;
  expect(packDigest({ folder: other, manifest: reversed })).toBe(packDigest(pack));
  const changed = structuredClone(manifest);
  changed.audio!.tower.scale *= 2;
  expect(packDigest({ folder: other, manifest: changed })).not.toBe(packDigest(pack));
});

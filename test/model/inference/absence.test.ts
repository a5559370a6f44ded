import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Segment } from '../../../src/core/media.js';
import { FRAME_BYTES, segmentNumSamples, segmentStartUs } from '../../../src/core/time-grid.js';
import { createScoringEngine } from '../../../src/model/inference/engine.js';
import { loadPack } from '../../../src/model/pack/load-pack.js';
import type { Scorer, ScoringEngine } from '../../../src/model/scoring.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { testManifest } from '../pack/test-manifest.js';

const MAX_ABSENCE = 3;
const GONE_AFTER = 4;

let folder: string;
let engine: ScoringEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-absence-'));
  await writeFile(join(folder, 'pack.json'), JSON.stringify(testManifest()));
  engine = await createScoringEngine(await loadPack(folder), { visualWorkers: 1, audioWorkers: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

function segment(seq: number, has: 'both' | 'visual' | 'audio', epoch = 0): Segment {
  return {
    type: 'segment',
    epoch,
    seq,
    timelineIndex: seq,
    ptsUs: segmentStartUs(seq),
    arrivedAtMs: 0,
    frame: has === 'audio' ? null : new Uint8Array(FRAME_BYTES).fill(10 * seq),
    audio: has === 'visual' ? null : seededFloats('absence', `audio${seq}`, segmentNumSamples(seq), 0.3),
    flags: [],
    previewJpeg: null,
  };
}

const open = (maxAbsenceSegments?: number, state?: Uint8Array): Scorer =>
  engine.open({
    position: 'elapsed',
    ...(maxAbsenceSegments === undefined ? {} : { maxAbsenceSegments }),
    ...(state === undefined ? {} : { state }),
  });

/** Towers' scores of three segments from `from` on. */
async function threeFrom(scorer: Scorer, from: number, has: 'both' | 'visual' | 'audio') {
  const scores = [];
  for (let seq = from; seq < from + 3; seq++) scores.push((await scorer.score(segment(seq, has))).score);
  return { visual: scores.map((score) => score.visual), audio: scores.map((score) => score.audio) };
}

/** A stream whose sound is away for `numAway` segments while the pictures go on, up to when it is back. */
async function awayFor(scorer: Scorer, numAway: number): Promise<Scorer> {
  for (let seq = 0; seq < GONE_AFTER; seq++) await scorer.score(segment(seq, 'both'));
  for (let i = 0; i < numAway; i++) await scorer.score(segment(GONE_AFTER + i, 'visual'));
  return scorer;
}

it('starts a tower anew that was away for longer than allowed, and leaves the other one as it is', async () => {
  const back = GONE_AFTER + MAX_ABSENCE + 1;
  const [live, file, fresh] = [open(MAX_ABSENCE), open(), open()];
  await Promise.all([awayFor(live, MAX_ABSENCE + 1), awayFor(file, MAX_ABSENCE + 1)]);
  const got = await threeFrom(live, back, 'both');
  const kept = await threeFrom(file, back, 'both');
  expect(got.audio).toEqual((await threeFrom(fresh, back, 'audio')).audio);
  expect(got.audio).not.toEqual(kept.audio);
  expect(got.visual).toEqual(kept.visual);
  for (const each of [live, file, fresh]) each.close();
});

it('goes on where it was away for as long as allowed', async () => {
  const back = GONE_AFTER + MAX_ABSENCE;
  const [live, file] = [open(MAX_ABSENCE), open()];
  await Promise.all([awayFor(live, MAX_ABSENCE), awayFor(file, MAX_ABSENCE)]);
  expect(await threeFrom(live, back, 'both')).toEqual(await threeFrom(file, back, 'both'));
  for (const each of [live, file]) each.close();
});

it('counts an absence on over a saved state', async () => {
  const cut = await awayFor(open(MAX_ABSENCE), 2);
  const restored = open(MAX_ABSENCE, await cut.saveState());
  const kept = open(undefined, await cut.saveState());
  for (const each of [restored, kept, cut]) {
    for (let i = 2; i <= MAX_ABSENCE; i++) await each.score(segment(GONE_AFTER + i, 'visual'));
  }
  const back = GONE_AFTER + MAX_ABSENCE + 1;
  const got = await threeFrom(restored, back, 'both');
  expect(got).toEqual(await threeFrom(cut, back, 'both'));
  expect(got.audio).not.toEqual((await threeFrom(kept, back, 'both')).audio);
  for (const each of [restored, kept, cut]) each.close();
});

it('goes on from a state of which one modality had nothing in its epoch', async () => {
  const first = await awayFor(open(MAX_ABSENCE), 0);
  await first.score(segment(0, 'visual', 1));
  const restored = open(MAX_ABSENCE, await first.saveState());
  const [one, other] = await Promise.all(
    [first, restored].map(async (scorer) => (await scorer.score(segment(1, 'both', 1))).score),
  );
  expect(other).toMatchObject({ visual: one!.visual, audio: one!.audio });
  for (const each of [first, restored]) each.close();
});

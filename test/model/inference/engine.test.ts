import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PositionChoice } from '../../../src/core/config.js';
import type { Segment } from '../../../src/core/media.js';
import { processEntry } from '../../../src/core/process-entry.js';
import type { Score } from '../../../src/core/score.js';
import { FRAME_BYTES, segmentNumSamples } from '../../../src/core/time-grid.js';
import { createScoringEngine } from '../../../src/model/inference/engine.js';
import { loadPack, type ModelPack } from '../../../src/model/pack/load-pack.js';
import type { ScoringEngine } from '../../../src/model/scoring.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { testManifest } from '../pack/test-manifest.js';
import { relativeDifference } from '../tower/golden-tower.js';

const MODES_TOLERANCE = 1e-4;
const ONE_OF_EACH = { visualWorkers: 1, audioWorkers: 1 };

function segment(stream: string, seq: number, epoch = 0): Segment {
  const noise = seededFloats(stream, `frame${seq % 5}`, 224, 100, 120);
  const frame = new Uint8Array(FRAME_BYTES);
  for (let i = 0; i < frame.length; i++) frame[i] = noise[i % 224]! + (i % 7) * seq;
  const audio = seededFloats(stream, `audio${seq}`, segmentNumSamples(seq), 0.3);
  const times = { ptsUs: Math.ceil((seq * 1e6) / 6), arrivedAtMs: 0 };
  return {
    type: 'segment',
    epoch,
    seq,
    timelineIndex: seq,
    ...times,
    frame,
    audio,
    flags: [],
    previewJpeg: null,
  };
}

let folder: string;
let pack: ModelPack;
let engine: ScoringEngine;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-engine-'));
  await writeFile(join(folder, 'pack.json'), JSON.stringify(testManifest()));
  pack = await loadPack(folder);
  engine = await createScoringEngine(pack, { visualWorkers: 2, audioWorkers: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

describe('scoring engine with real networks', () => {
  it('scores streams together as it scores each alone, live or many segments at once', async () => {
    const open = () => engine.open({ position: 'elapsed' });
    const streams = ['a', 'b', 'c'];
    const numSegments = 9;
    const alone = new Map<string, number[][]>();
    for (const stream of streams) {
      const scorer = open();
      const scores = [];
      for (let seq = 0; seq < numSegments; seq++) {
        const { score } = await scorer.score(segment(stream, seq));
        scores.push([...score.scores, ...score.visual!, ...score.audio!]);
      }
      alone.set(stream, scores);
      scorer.close();
    }
    const scorers = streams.map(open);
    const calls = Array.from({ length: numSegments }, (_, seq) =>
      streams.map((stream, i) => scorers[i]!.score(segment(stream, seq))),
    );
    for (const [seq, row] of calls.entries()) {
      for (const [i, { score }] of (await Promise.all(row)).entries()) {
        expect(score.seq).toBe(seq);
        const together = [...score.scores, ...score.visual!, ...score.audio!];
        expect(relativeDifference(together, alone.get(streams[i]!)![seq]!)).toBeLessThan(MODES_TOLERANCE);
        score.scores.forEach((value, label) =>
          expect(value).toBeCloseTo(0.8 * score.visual![label]! + 0.2 * score.audio![label]!, 5),
        );
      }
    }
    expect(alone.get('a')![3]).not.toEqual(alone.get('b')![3]);
    expect(engine.queueDepths()).toEqual({ visual: 0, audio: 0 });
    for (const scorer of scorers) scorer.close();
  });

  it('starts anew with an epoch', async () => {
    const scorer = engine.open({ position: 'clamp' });
    const first = await scorer.score(segment('a', 0));
    const second = await scorer.score(segment('a', 1));
    const again = await scorer.score(segment('a', 0, 1));
    expect(relativeDifference(again.score.scores, first.score.scores)).toBeLessThan(MODES_TOLERANCE);
    expect(second.score.scores).not.toEqual(first.score.scores);
    scorer.close();
  });

  it('does with the timestamp what the pack says, for each tower, unless told otherwise', async () => {
    const towers = structuredClone(pack.manifest);
    towers.visual!.tower.position = { maxSeconds: 1, policy: 'wrap' };
    towers.audio!.tower.position = { maxSeconds: 2, policy: 'clamp' };
    const told = await createScoringEngine({ folder, manifest: towers }, ONE_OF_EACH);
    const scoreAt = async (seq: number, position: PositionChoice): Promise<Score> => {
      const scorer = told.open({ position });
      const { score } = await scorer.score({ ...segment('a', 0), seq });
      scorer.close();
      return score;
    };
    try {
      const late = await scoreAt(13, 'pack');
      const [wrapped, clamped] = [await scoreAt(1, 'elapsed'), await scoreAt(12, 'elapsed')];
      expect(relativeDifference(late.visual!, wrapped.visual!)).toBeLessThan(MODES_TOLERANCE);
      expect(relativeDifference(late.audio!, clamped.audio!)).toBeLessThan(MODES_TOLERANCE);
      expect(late.flags).toContain('position-limited');
      const elapsed = await scoreAt(13, 'elapsed');
      expect(elapsed.flags).not.toContain('position-limited');
      expect(relativeDifference(elapsed.visual!, late.visual!)).toBeGreaterThan(MODES_TOLERANCE);
      expect(relativeDifference(elapsed.audio!, late.audio!)).toBeGreaterThan(MODES_TOLERANCE);
    } finally {
      await told.close();
    }
  });

  it('does not hold the event loop while it computes', async () => {
    const scorer = engine.open({ position: 'clamp' });
    const calls = Array.from({ length: 16 }, (_, seq) => scorer.score(segment('a', seq)));
    const done = Promise.all(calls);
    let isDone = false;
    void done.then(() => (isDone = true));
    let numTurns = 0;
    while (!isDone) {
      await new Promise(setImmediate);
      numTurns++;
    }
    // 16 frames take well over 100 ms; a blocked loop would turn a few times a frame at most.
    expect(numTurns).toBeGreaterThan(200);
    scorer.close();
  });
});

it('rejects pending calls when it closes, and fails to start from a bad pack with its code', async () => {
  const other = await createScoringEngine(pack, ONE_OF_EACH);
  const pending = other.open({ position: 'clamp' }).score(segment('a', 0));
  const closed = other.close();
  await expect(pending).rejects.toMatchObject({ code: 'ERR_MODEL_WORKER' });
  await closed;
  await other.close();

  const wrong = structuredClone(pack.manifest);
  wrong.audio!.extractor!.dim = 7;
  const bad = { folder: pack.folder, manifest: wrong };
  await expect(createScoringEngine(bad, ONE_OF_EACH)).rejects.toMatchObject({ code: 'ERR_MODEL_PACK' });
});

it('scores with one modality where the pack has one', async () => {
  const manifest = { ...pack.manifest };
  delete manifest.visual;
  const audioOnly = await createScoringEngine({ folder, manifest }, ONE_OF_EACH);
  try {
    const scorer = audioOnly.open({ position: 'clamp' });
    const { score } = await scorer.score(segment('a', 0));
    expect(score.visual).toBeNull();
    expect(score.flags).toEqual(['audio-only']);
    const silent = { ...segment('a', 1), audio: null };
    await expect(scorer.score(silent)).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT' });
  } finally {
    await audioOnly.close();
  }
});

it('lets the process exit with its own code while networks run', async () => {
  const script = `
    import { createScoringEngine, loadPack } from ${JSON.stringify(processEntry('model/index'))};
    const engine = await createScoringEngine(await loadPack(${JSON.stringify(folder)}), ${JSON.stringify(ONE_OF_EACH)});
    const scorer = engine.open({ position: 'clamp' });
    const frame = new Uint8Array(${FRAME_BYTES});
    const segment = { type: 'segment', epoch: 0, ptsUs: 0, frame, audio: null, arrivedAtMs: 0, flags: [], previewJpeg: null };
    const calls = Array.from({ length: 30 }, (_, seq) => scorer.score({ ...segment, seq }));
    for (const call of calls) call.catch(() => undefined);
    await calls[0];
    setImmediate(() => process.exit(5));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'ignore' });
  expect(await once(child, 'exit')).toEqual([5, null]);
});

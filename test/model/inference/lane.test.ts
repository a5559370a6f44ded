import { fileURLToPath } from 'node:url';
import { type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Segment } from '../../../src/core/media.js';
import { FRAME_BYTES } from '../../../src/core/time-grid.js';
import { Lane, MAX_ABANDONED } from '../../../src/model/inference/lane.js';
import { MAX_PENDING, StreamScorer } from '../../../src/model/inference/stream-scorer.js';
import { loadPack, type ModelPack } from '../../../src/model/pack/load-pack.js';
import { bundledPackFolder } from '../../../src/model/pack/pack-shelf.js';

const WORKER = fileURLToPath(new URL('scripted-worker.mjs', import.meta.url));
const WORKER_ERROR = { code: 'ERR_MODEL_WORKER' };

/** First value of an input: what the scripted worker does with it. */
const SCORE = 0;
const CRASH = 1;
const EXIT = 2;
const HOLD = 3;
const REJECT = 4;
const HANG = 5;

let nowMs: number;
let pack: ModelPack;
let lanes: Lane[];
const clock = { nowMs: () => nowMs };
beforeEach(async () => {
  nowMs = 1_000_000;
  lanes = [];
  pack = await loadPack(bundledPackFolder());
});
afterEach(() => Promise.all(lanes.map((lane) => lane.close())));

function openLane(modality: 'visual' | 'audio' = 'audio', data = pack, scheduler?: SchedulerLike): Lane {
  const lane = new Lane({ pack: data, modality }, clock, WORKER, scheduler);
  lanes.push(lane);
  return lane;
}

function input(action: number, length = 4): Float32Array {
  return new Float32Array(length).fill(action);
}

const request = { stream: 1, run: 0, positionSeconds: 0 };

describe('Lane', () => {
  it('scores, and keeps the caller’s array', async () => {
    const lane = openLane();
    await lane.ready;
    const samples = input(SCORE);
    expect(await lane.score({ ...request, input: samples })).toMatchObject({ scores: [1, 0], stepMs: 3 });
    expect(samples).toHaveLength(4);
  });

  it('counts what no batch has taken yet', async () => {
    const lane = openLane();
    await lane.ready;
    const held = lane.score({ ...request, input: input(HOLD) });
    expect(lane.queueDepth).toBe(1);
    await Promise.all([held, lane.score({ ...request, input: input(SCORE) })]);
    expect(lane.queueDepth).toBe(0);
  });

  it('passes a rejection on with its code, and goes on', async () => {
    const lane = openLane();
    await lane.ready;
    const rejected = lane.score({ ...request, input: input(REJECT) });
    await expect(rejected).rejects.toMatchObject({ code: 'ERR_MODEL_INPUT', message: 'scripted rejection' });
    await expect(lane.score({ ...request, input: input(SCORE) })).resolves.toBeDefined();
    expect(lane.generation).toBe(0);
  });

  it.each([
    ['throws', CRASH],
    ['ends', EXIT],
  ])('rejects what is pending where the worker %s, and starts another', async (_, action) => {
    const lane = openLane();
    await lane.ready;
    nowMs += 5000;
    const held = lane.score({ ...request, input: input(HOLD) });
    const crashing = lane.score({ ...request, input: input(action) });
    await expect(held).rejects.toMatchObject(WORKER_ERROR);
    await expect(crashing).rejects.toMatchObject(WORKER_ERROR);
    expect(lane.generation).toBe(1);
    expect(lane.queueDepth).toBe(0);
    expect(await lane.score({ ...request, input: input(SCORE) })).toMatchObject({ scores: [1, 0] });
  });

  it('does not restart a worker at once that has only just been started', async () => {
    const lane = openLane();
    await lane.ready;
    await expect(lane.score({ ...request, input: input(CRASH) })).rejects.toMatchObject(WORKER_ERROR);
    await expect(lane.score({ ...request, input: input(SCORE) })).rejects.toMatchObject(WORKER_ERROR);
    nowMs += 1000;
    await expect(lane.score({ ...request, input: input(SCORE) })).resolves.toBeDefined();
  });

  it('rejects what a worker that hangs does not answer, and starts another', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lane = openLane('audio', pack, scheduler);
    await lane.ready;
    nowMs += 5000;
    const hanging = expect(lane.score({ ...request, input: input(HANG) })).rejects.toMatchObject(
      WORKER_ERROR,
    );
    const waiting = expect(lane.score({ ...request, input: input(SCORE) })).rejects.toMatchObject(
      WORKER_ERROR,
    );
    scheduler.flush();
    await Promise.all([hanging, waiting]);
    expect(lane.generation).toBe(1);
    await expect(lane.score({ ...request, input: input(SCORE) })).resolves.toMatchObject({ scores: [1, 0] });
  });

  it('does not start one thread after another where all of them hang', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lane = openLane('audio', pack, scheduler);
    await lane.ready;
    for (let i = 0; i < MAX_ABANDONED; i++) {
      nowMs += 5000;
      await lane.score({ ...request, input: input(SCORE) });
      const hanging = lane.score({ ...request, input: input(HANG) });
      scheduler.flush();
      await expect(hanging).rejects.toMatchObject(WORKER_ERROR);
    }
    nowMs += 5000;
    await expect(lane.score({ ...request, input: input(SCORE) })).rejects.toMatchObject(WORKER_ERROR);
    expect(lane.generation).toBe(MAX_ABANDONED);
  });

  it('closes although its worker hangs', async () => {
    const scheduler = new VirtualTimeScheduler();
    const lane = openLane('audio', pack, scheduler);
    await lane.ready;
    const hanging = lane.score({ ...request, input: input(HANG) });
    const closed = lane.close();
    await expect(hanging).rejects.toMatchObject(WORKER_ERROR);
    scheduler.flush();
    await closed;
  });

  it('says with its code why it cannot load', async () => {
    const lane = openLane('audio', { ...pack, folder: 'unloadable' });
    await expect(lane.ready).rejects.toMatchObject({ code: 'ERR_MODEL_PACK', message: 'no such weights' });
  });

  it('rejects what is pending when it closes, and everything after', async () => {
    const lane = openLane();
    await lane.ready;
    const held = lane.score({ ...request, input: input(HOLD) });
    const closed = lane.close();
    await expect(held).rejects.toMatchObject(WORKER_ERROR);
    await closed;
    await lane.close();
    await expect(lane.score({ ...request, input: input(SCORE) })).rejects.toMatchObject(WORKER_ERROR);
  });
});

describe('StreamScorer', () => {
  let numClosed = 0;
  let visual: Lane;
  let audio: Lane;
  let scorer: StreamScorer;
  beforeEach(async () => {
    visual = openLane('visual');
    audio = openLane('audio');
    await Promise.all([visual.ready, audio.ready]);
    nowMs += 5000;
    numClosed = 0;
    scorer = new StreamScorer({
      stream: 1,
      parts: {
        visual: { lane: visual, maxSeconds: 60, position: 'clamp' },
        audio: { lane: audio, maxSeconds: 1, position: 'clamp' },
      },
      packDigest: '00'.repeat(32),
      maxAbsenceSegments: Infinity,
      shares: { visual: 0.5, audio: 0.5 },
      clock,
      steadyClock: clock,
      onClose: () => numClosed++,
    });
  });
  afterEach(() => scorer.close());

  function segment(seq: number, actions: { visual?: number; audio?: number }, epoch = 0): Segment {
    return {
      type: 'segment',
      epoch,
      seq,
      timelineIndex: seq,
      ptsUs: seq * 166_667,
      frame: actions.visual === undefined ? null : new Uint8Array(FRAME_BYTES).fill(actions.visual),
      audio: actions.audio === undefined ? null : input(actions.audio, 2667),
      arrivedAtMs: nowMs - 20,
      flags: ['frame-repeated'],
      previewJpeg: null,
    };
  }

  it('makes a score of both modalities, and of one', async () => {
    const both = await scorer.score(segment(0, { visual: SCORE, audio: SCORE }));
    expect(both.score).toMatchObject({
      seq: 0,
      scores: [1, 0],
      visual: [1, 0],
      audio: [1, 0],
      latencyMs: 20,
      warm: false,
      flags: ['frame-repeated'],
    });
    expect(both.timings).toEqual({
      queueMs: 1,
      embedVisualMs: 2,
      embedAudioMs: 2,
      stepVisualMs: 3,
      stepAudioMs: 3,
    });
    const alone = await scorer.score(segment(1, { visual: SCORE }));
    expect(alone.score).toMatchObject({
      scores: [2, 1 / 6],
      audio: null,
      flags: ['frame-repeated', 'visual-only'],
    });
    expect(alone.timings).toMatchObject({ embedAudioMs: null, stepAudioMs: null });
    const third = await scorer.score(segment(2, { visual: SCORE, audio: SCORE }));
    expect(third.score.visual).toEqual([3, 2 / 6]);
    expect(third.score.audio).toEqual([2, 2 / 6]);
    expect(third.score.warm).toBe(false);
  });

  it('limits the timestamp to what training saw, and says so', async () => {
    const { score } = await scorer.score(segment(7, { visual: SCORE, audio: SCORE }));
    expect(score.visual).toEqual([1, 7 / 6]);
    expect(score.audio).toEqual([1, 1]);
    expect(score.flags).toContain('position-limited');
  });

  it('resolves in order, even where a later segment waits for less', async () => {
    const order: number[] = [];
    const note = ({ score }: { score: { seq: number } }) => order.push(score.seq);
    const calls = [
      scorer.score(segment(0, { visual: HOLD })).then(note),
      scorer.score(segment(1, { audio: SCORE })).then(note),
      scorer.score(segment(2, { visual: SCORE })).then(note),
    ];
    await Promise.all(calls);
    expect(order).toEqual([0, 1, 2]);
  });

  it('refuses the rest of an epoch whose past was lost, and goes on with a new one', async () => {
    await scorer.score(segment(0, { visual: SCORE, audio: SCORE }));
    const crashing = scorer.score(segment(1, { visual: SCORE, audio: CRASH }));
    await expect(crashing).rejects.toMatchObject(WORKER_ERROR);
    for (const actions of [{ visual: SCORE, audio: SCORE }, { visual: SCORE }]) {
      await expect(scorer.score(segment(2, actions))).rejects.toMatchObject(WORKER_ERROR);
    }
    const { score } = await scorer.score(segment(0, { visual: SCORE, audio: SCORE }, 1));
    expect(score.epoch).toBe(1);
  });

  it('refuses segments that are no input', async () => {
    const code = { code: 'ERR_MODEL_INPUT' };
    await expect(scorer.score(segment(0, {}))).rejects.toMatchObject(code);
    const small = { ...segment(0, { audio: SCORE }), frame: new Uint8Array(3) };
    await expect(scorer.score(small)).rejects.toMatchObject(code);
    const long = { ...segment(0, {}), audio: new Float32Array(16_001) };
    await expect(scorer.score(long)).rejects.toMatchObject(code);
  });

  it('bounds what is pending', async () => {
    const held = Array.from({ length: MAX_PENDING }, (_, seq) => scorer.score(segment(seq, { audio: HOLD })));
    const settled = Promise.allSettled(held);
    await expect(scorer.score(segment(MAX_PENDING, { audio: HOLD }))).rejects.toMatchObject({
      code: 'ERR_MODEL_INPUT',
    });
    scorer.close();
    expect((await settled).every(({ status }) => status === 'rejected')).toBe(true);
  });

  it('saves no state of an epoch whose past was lost, nor once a worker is gone or the scorer closed', async () => {
    await scorer.score(segment(0, { visual: SCORE, audio: SCORE }));
    // The scripted worker never answers this.
    const pending = scorer.saveState();
    const lost = scorer.score(segment(1, { visual: SCORE, audio: CRASH }));
    await expect(lost).rejects.toMatchObject(WORKER_ERROR);
    await expect(pending).rejects.toMatchObject(WORKER_ERROR);
    await expect(scorer.saveState()).rejects.toMatchObject(WORKER_ERROR);
    await scorer.score(segment(0, { visual: SCORE, audio: SCORE }, 1));
    const atClose = scorer.saveState();
    scorer.close();
    await expect(atClose).rejects.toMatchObject(WORKER_ERROR);
    await expect(scorer.saveState()).rejects.toMatchObject(WORKER_ERROR);
  });

  it('rejects what is pending when it closes, once', async () => {
    const held = scorer.score(segment(0, { visual: SCORE, audio: HOLD }));
    scorer.close();
    scorer.close();
    await expect(held).rejects.toMatchObject(WORKER_ERROR);
    await expect(scorer.score(segment(1, { audio: SCORE }))).rejects.toMatchObject(WORKER_ERROR);
    expect(numClosed).toBe(1);
  });
});

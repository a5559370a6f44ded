import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Modality } from '../../../src/core/media.js';
import { Timeline, type Placement, type TimelineOptions } from '../../../src/streams/timeline/timeline.js';

const HOUR_US = 3_600_000_000;
const MPEG_TS_PERIOD_US = 2 ** 33 / 0.09;
const RTP_PERIOD_US = 2 ** 32 / 0.09;

interface Step {
  readonly modality: Modality;
  readonly rawPtsUs: number | null;
  readonly durationUs?: number;
  readonly arrivedAtMs: number;
}

function timelineOf(options: Partial<TimelineOptions> = {}): Timeline {
  return new Timeline({ live: true, originUs: null, ...options });
}

function place(timeline: Timeline, step: Step): Placement {
  const { modality, rawPtsUs, durationUs = 0, arrivedAtMs } = step;
  return timeline.place(modality, { rawPtsUs, durationUs, arrivedAtMs });
}

/** Frames of one modality that arrive as they are played. */
function frames(modality: Modality, fromUs: number, stepUs: number, count: number, atMs: number): Step[] {
  return Array.from({ length: count }, (_, i) => ({
    modality,
    rawPtsUs: fromUs + i * stepUs,
    durationUs: stepUs,
    arrivedAtMs: atMs + (i * stepUs) / 1000,
  }));
}

/** Both modalities in order of arrival. */
function together(...tracks: Step[][]): Step[] {
  return tracks.flat().toSorted((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

function ptsOf(placements: readonly Placement[]): (number | string)[] {
  return placements.map((each) => (each.type === 'media' ? each.ptsUs : each.reason));
}

describe('origin', () => {
  it('is the first media of a live source, and says start once', () => {
    const timeline = timelineOf();
    const placed = frames('visual', 7_000_000, 40_000, 3, 0).map((step) => place(timeline, step));
    expect(placed).toEqual([
      { type: 'media', ptsUs: 0, started: 'start', entered: true },
      { type: 'media', ptsUs: 40_000, started: null, entered: false },
      { type: 'media', ptsUs: 80_000, started: null, entered: false },
    ]);
  });

  it.each([
    ['where the container of a live source says, if its media begins there', 6_979_000, [21_000, 61_000]],
    ['the first media where the container of a live source says something else', 0, [0, 40_000]],
  ])('is %s', (_, originUs, expected) => {
    const timeline = timelineOf({ originUs });
    const placed = frames('visual', 7_000_000, 40_000, 2, 0).map((step) => place(timeline, step));
    expect(ptsOf(placed)).toEqual(expected);
  });

  it('is shared: the other modality keeps its distance', () => {
    const timeline = timelineOf();
    place(timeline, { modality: 'audio', rawPtsUs: 5_000_000, arrivedAtMs: 0 });
    const video = place(timeline, { modality: 'visual', rawPtsUs: 5_123_456, arrivedAtMs: 1 });
    expect(video).toEqual({ type: 'media', ptsUs: 123_456, started: null, entered: true });
  });

  it('is the start time of a file, which what lies before it does not use up', () => {
    const timeline = timelineOf({ live: false, originUs: 1_000_000 });
    const placed = [980_000, 1_020_000].map((rawPtsUs) =>
      place(timeline, { modality: 'audio', rawPtsUs, arrivedAtMs: 0 }),
    );
    expect(placed).toEqual([
      { type: 'dropped', reason: 'early' },
      { type: 'media', ptsUs: 20_000, started: 'start', entered: true },
    ]);
    expect(timeline.dropped).toEqual({ old: 0, early: 1 });
  });

  it('lines live modalities up by arrival where their clocks have nothing in common', () => {
    const timeline = timelineOf();
    place(timeline, { modality: 'visual', rawPtsUs: 0, arrivedAtMs: 0 });
    place(timeline, { modality: 'visual', rawPtsUs: 40_000, arrivedAtMs: 40 });
    const audio = frames('audio', 90 * HOUR_US, 20_000, 3, 45).map((step) => place(timeline, step));
    expect(ptsOf(audio)).toEqual([40_000, 60_000, 80_000]);
  });
});

describe('missing, equal and disordered times', () => {
  it('interpolates missing ones from durations, or from the distance seen before', () => {
    const timeline = timelineOf();
    const step = (rawPtsUs: number | null, durationUs: number): Placement =>
      place(timeline, { modality: 'visual', rawPtsUs, durationUs, arrivedAtMs: 0 });
    expect(
      ptsOf([step(null, 40_000), step(null, 40_000), step(80_000, 0), step(null, 0), step(160_000, 0)]),
    ).toEqual([0, 40_000, 80_000, 120_000, 160_000]);
  });

  it('nudges equal and slightly earlier pictures, and leaves audio to its sample clock', () => {
    const timeline = timelineOf();
    const raw = [0, 40_000, 40_000, 30_000, 80_000];
    expect(
      ptsOf(raw.map((rawPtsUs) => place(timeline, { modality: 'visual', rawPtsUs, arrivedAtMs: 0 }))),
    ).toEqual([0, 40_000, 40_001, 40_002, 80_000]);
    expect(
      ptsOf(raw.map((rawPtsUs) => place(timeline, { modality: 'audio', rawPtsUs, arrivedAtMs: 0 }))),
    ).toEqual(raw);
  });

  it('yields integers that increase strictly for pictures, whatever the disorder within the tolerance', () => {
    const steps = fc.array(fc.integer({ min: -400_000, max: 400_000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.boolean(), (jitter, live) => {
        const timeline = timelineOf({ live });
        let last = -1;
        jitter.forEach((jitterUs, i) => {
          const rawPtsUs = 1e9 + i * 33_366.7 + (jitterUs > 0 ? 0 : jitterUs);
          const placed = place(timeline, { modality: 'visual', rawPtsUs, arrivedAtMs: i * 33 });
          if (placed.type === 'dropped') return;
          expect(Number.isInteger(placed.ptsUs)).toBe(true);
          expect(placed.ptsUs).toBeGreaterThan(last);
          expect(placed.started === 'discontinuity').toBe(false);
          last = placed.ptsUs;
        });
      }),
    );
  });
});

describe('wraparound', () => {
  it.each([
    ['33-bit MPEG-TS', MPEG_TS_PERIOD_US],
    ['32-bit RTP', RTP_PERIOD_US],
  ])('of a %s counter leaves no seam', (_, period) => {
    const timeline = timelineOf({ wrapPeriodUs: { visual: period, audio: period } });
    const fromUs = period - 1_000_000;
    const steps = together(frames('visual', fromUs, 40_000, 100, 0), frames('audio', fromUs, 20_000, 200, 1));
    const wrapped = steps.map((step) => ({ ...step, rawPtsUs: step.rawPtsUs! % period }));
    const placed = wrapped.map((step) => place(timeline, step));
    expect(ptsOf(placed)).toEqual(steps.map((step) => Math.round(step.rawPtsUs! - fromUs)));
    expect(placed.filter((each) => each.type === 'media' && each.started !== null)).toHaveLength(1);
  });

  it('is followed for many turns', () => {
    const timeline = timelineOf({ live: false, wrapPeriodUs: { visual: 10_000_000 } });
    for (let us = 0; us < 100_000_000; us += 400_000) {
      const placed = place(timeline, { modality: 'visual', rawPtsUs: us % 10_000_000, arrivedAtMs: 0 });
      expect(placed).toMatchObject({ ptsUs: us });
    }
  });

  it('unwraps a modality that begins after the wrap against the other one', () => {
    const timeline = timelineOf({ wrapPeriodUs: { visual: MPEG_TS_PERIOD_US, audio: MPEG_TS_PERIOD_US } });
    place(timeline, { modality: 'visual', rawPtsUs: MPEG_TS_PERIOD_US - 100_000, arrivedAtMs: 0 });
    const audio = place(timeline, { modality: 'audio', rawPtsUs: 50_000, arrivedAtMs: 150 });
    expect(audio).toMatchObject({ type: 'media', ptsUs: 150_000 });
  });
});

describe('discontinuities', () => {
  const JUMPS: [string, number, boolean][] = [
    ['a jump backwards', -60_000_000, true],
    ['a jump backwards in a file', -60_000_000, false],
    ['a short jump backwards', -700_000, true],
    ['a jump of +48 h', 48 * HOUR_US, true],
    ['a jump of +3 s', 3_000_000, true],
  ];

  it.each(JUMPS)('%s starts a new timeline at 0, which both modalities move to', (_, jumpUs, live) => {
    for (const leader of ['visual', 'audio'] as const) {
      const timeline = timelineOf({ live });
      const before = 100_000_000;
      const [video, audio] = [leader === 'visual' ? 0 : 200, leader === 'audio' ? 0 : 200];
      const steps = together(
        [...frames('visual', before, 40_000, 50, 10 + video)],
        [...frames('audio', before, 20_000, 100, 11 + audio)],
        [...frames('visual', before + 2_000_000 + jumpUs, 40_000, 50, 2010 + video)],
        [...frames('audio', before + 2_000_000 + jumpUs, 20_000, 100, 2011 + audio)],
      );
      const seen: Record<Modality, number[]> = { visual: [], audio: [] };
      const starts: string[] = [];
      const entries: Modality[] = [];
      for (const step of steps) {
        const placed = place(timeline, step);
        if (placed.type === 'dropped') continue;
        if (placed.started) starts.push(`${step.modality} ${placed.started}`);
        if (placed.started === 'discontinuity') {
          expect(placed.ptsUs).toBe(0);
          seen.visual = [];
          seen.audio = [];
        }
        if (placed.entered) entries.push(step.modality);
        seen[step.modality].push(placed.ptsUs);
      }
      const follower = leader === 'visual' ? 'audio' : 'visual';
      expect(starts).toEqual([`${leader} start`, `${leader} discontinuity`]);
      expect(entries).toEqual([leader, follower, leader, follower]);
      expect(seen.visual).toEqual(Array.from({ length: 50 }, (_, i) => i * 40_000));
      expect(seen.audio).toEqual(Array.from({ length: 100 }, (_, i) => i * 20_000));
      const jumpedAtMs = leader === 'visual' ? 2010 : 2011;
      const old = steps.filter(
        ({ modality, arrivedAtMs }) =>
          modality === follower && arrivedAtMs > jumpedAtMs && arrivedAtMs < 2210,
      );
      expect(old.length).toBeGreaterThan(3);
      expect(timeline.dropped).toEqual({ old: old.length, early: 0 });
    }
  });

  it('in a file a jump forwards is only a gap', () => {
    const timeline = timelineOf({ live: false });
    const steps = [0, 40_000, 48 * HOUR_US].map((rawPtsUs) =>
      place(timeline, { modality: 'visual', rawPtsUs, arrivedAtMs: 0 }),
    );
    expect(ptsOf(steps)).toEqual([0, 40_000, 48 * HOUR_US]);
    expect(steps[2]).toMatchObject({ started: null });
  });

  it('a stalled network is none, nor is the burst after it, nor a picture rate of 0.2 Hz', () => {
    const timeline = timelineOf();
    const stalled = [
      ...frames('visual', 0, 40_000, 25, 0),
      // 8 s later all that was held back comes at once, a part of it lost.
      ...frames('visual', 1_000_000, 40_000, 50, 9000).map((step) => ({ ...step, arrivedAtMs: 9000 })),
      ...frames('visual', 6_000_000, 40_000, 75, 9000).map((step) => ({ ...step, arrivedAtMs: 9001 })),
      ...frames('visual', 9_040_000, 40_000, 25, 9040),
      ...frames('visual', 15_000_000, 5_000_000, 10, 15_000),
    ];
    const placed = stalled.map((step) => place(timeline, step));
    expect(ptsOf(placed)).toEqual(stalled.map((step) => step.rawPtsUs));
  });

  it('bursts of a live playlist are none', () => {
    const timeline = timelineOf();
    const bursts = [0, 1, 2, 3].flatMap((i) =>
      frames('visual', i * 6_000_000, 40_000, 150, 0).map((step, j) => ({
        ...step,
        arrivedAtMs: i * 6000 + j,
      })),
    );
    const placed = bursts.map((step) => place(timeline, step));
    expect(ptsOf(placed)).toEqual(bursts.map((step) => step.rawPtsUs));
  });

  it('a modality that never jumps joins again by arrival after a while', () => {
    const timeline = timelineOf();
    const steps = together(
      frames('visual', 0, 40_000, 25, 0),
      frames('visual', 48 * HOUR_US, 40_000, 500, 1000),
      frames('audio', 0, 20_000, 1000, 1),
    );
    const placed = steps.map((step) => ({ step, placed: place(timeline, step) }));
    const last = placed.filter(({ step }) => step.modality === 'audio').at(-1)!;
    expect(timeline.dropped.old).toBeGreaterThan(0);
    // 20 s in, 19 s after the jump, audio lies where the pictures of its moment are.
    const video = last.step.arrivedAtMs * 1000 - 1_000_000;
    expect(last.placed).toMatchObject({ type: 'media' });
    if (last.placed.type === 'media') expect(Math.abs(last.placed.ptsUs - video)).toBeLessThan(100_000);
  });

  it('several in a row each start a timeline', () => {
    const timeline = timelineOf();
    let starts = 0;
    for (let i = 0; i < 5; i++) {
      for (const step of frames('visual', (5 - i) * HOUR_US, 40_000, 10, i * 400)) {
        const placed = place(timeline, step);
        if (placed.type === 'media' && placed.started !== null) starts += 1;
      }
    }
    expect(starts).toBe(5);
  });
});

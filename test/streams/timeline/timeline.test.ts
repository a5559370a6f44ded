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
    expect(timeline.dropped).toEqual({ old: 0, early: 1, doubtful: 0 });
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
  const LAG_MS = 200;
  const BEFORE_US = 100_000_000;

  /** Two seconds of both modalities before a jump, and two behind it; the follower arrives 200 ms later. */
  function jumpingBy(jumpUs: number, leader: Modality): Step[] {
    const lagMs = (modality: Modality) => (modality === leader ? 0 : LAG_MS);
    const behindUs = BEFORE_US + 2_000_000 + jumpUs;
    return together(
      frames('visual', BEFORE_US, 40_000, 50, 10 + lagMs('visual')),
      frames('audio', BEFORE_US, 20_000, 100, 11 + lagMs('audio')),
      frames('visual', behindUs, 40_000, 50, 2010 + lagMs('visual')),
      frames('audio', behindUs, 20_000, 100, 2011 + lagMs('audio')),
    );
  }

  const otherThan = (modality: Modality): Modality => (modality === 'visual' ? 'audio' : 'visual');
  const LEADERS = ['visual', 'audio'] as const;

  it.each(LEADERS)('in a file a jump backwards starts a timeline at the first frame, led by %s', (leader) => {
    const timeline = timelineOf({ live: false });
    const steps = jumpingBy(-60_000_000, leader);
    const placed = steps.map((step) => ({ step, placement: place(timeline, step) }));
    const starts = placed.filter(({ placement }) => placement.type === 'media' && placement.started !== null);
    expect(starts.map(({ step }) => step.modality)).toEqual([leader, leader]);
    for (const { step, placement } of placed) {
      const isBehind = step.rawPtsUs! < BEFORE_US;
      if (placement.type === 'dropped') expect(step).toMatchObject({ modality: otherThan(leader) });
      else expect(placement.ptsUs).toBe(step.rawPtsUs! - (isBehind ? BEFORE_US - 58_000_000 : BEFORE_US));
    }
    const old = steps.filter(
      ({ modality, arrivedAtMs }) =>
        modality !== leader && arrivedAtMs > starts[1]!.step.arrivedAtMs && arrivedAtMs < 2010 + LAG_MS,
    );
    expect(old.length).toBeGreaterThan(3);
    expect(timeline.dropped).toEqual({ old: old.length, early: 0, doubtful: 0 });
  });

  it.each([
    ['backwards', -60_000_000],
    ['backwards, short', -700_000],
    ['of +48 h', 48 * HOUR_US],
    ['of +3 s', 3_000_000],
  ])('a live jump %s starts a timeline once both modalities show it', (_, jumpUs) => {
    for (const leader of LEADERS) {
      const timeline = timelineOf();
      const follower = otherThan(leader);
      const entries: string[] = [];
      let originUs = BEFORE_US;
      for (const step of jumpingBy(jumpUs, leader)) {
        const placed = place(timeline, step);
        if (placed.type === 'dropped') {
          expect(step).toMatchObject({ modality: leader });
          expect(step.arrivedAtMs - 2010).toBeLessThanOrEqual(LAG_MS + 1);
          continue;
        }
        if (placed.started !== null) originUs = step.rawPtsUs!;
        if (placed.entered) entries.push(`${step.modality} ${placed.started}`);
        expect(placed.ptsUs).toBe(step.rawPtsUs! - originUs);
      }
      expect(entries).toEqual([
        `${leader} start`,
        `${follower} null`,
        `${follower} discontinuity`,
        `${leader} null`,
      ]);
      const perFrameMs = leader === 'visual' ? 40 : 20;
      expect(timeline.dropped).toEqual({
        old: 0,
        early: 0,
        doubtful: LAG_MS / perFrameMs + (leader === 'visual' ? 1 : 0),
      });
    }
  });

  it.each(LEADERS)('a live jump of %s alone is believed after half a second', (modality) => {
    const timeline = timelineOf();
    const steps = [
      ...frames(modality, 0, 20_000, 50, 0),
      // Some give no date; that tells nothing.
      ...frames(modality, 48 * HOUR_US, 20_000, 50, 1000).map((step, i) =>
        i % 3 === 1 ? { ...step, rawPtsUs: null } : step,
      ),
    ];
    const placed = steps.map((step) => place(timeline, step));
    const start = placed.findIndex((each) => each.type === 'media' && each.started === 'discontinuity');
    expect(steps[start]!.rawPtsUs).toBe(48 * HOUR_US + 520_000);
    expect(timeline.dropped).toEqual({ old: 0, early: 0, doubtful: 26 });
  });

  it.each([
    ['one picture', 'visual', 1, -5_000_000],
    ['one picture', 'visual', 1, 9 * HOUR_US],
    ['one picture', 'visual', 1, 600_000],
    ['one picture', 'visual', 1, 1_900_000],
    ['eight frames of sound', 'audio', 8, 1_500_000],
    ['eight frames of sound', 'audio', 8, -5_000_000],
    ['eight frames of sound', 'audio', 8, 9 * HOUR_US],
  ] as const)('damage to the date of %s (%s) costs only those', (_, modality, numDamaged, errorUs) => {
    const timeline = timelineOf();
    const intact = together(frames('visual', 0, 40_000, 100, 0), frames('audio', 0, 20_000, 200, 1));
    const damaged = intact
      .filter((step) => step.modality === modality && step.arrivedAtMs > 2000)
      .slice(0, numDamaged);
    const placed = intact.map((step) =>
      place(timeline, damaged.includes(step) ? { ...step, rawPtsUs: step.rawPtsUs! + errorUs } : step),
    );
    expect(ptsOf(placed)).toEqual(
      intact.map((step) => (damaged.includes(step) ? 'doubtful' : step.rawPtsUs)),
    );
  });

  it('a gap of the source is none, though its network hands out at once what came before and after', () => {
    const timeline = timelineOf();
    const steps = [
      ...frames('visual', 0, 40_000, 25, 0),
      ...frames('visual', 2_500_000, 40_000, 25, 1000).map((step) => ({ ...step, arrivedAtMs: 1000 })),
    ];
    const placed = steps.map((step) => place(timeline, step));
    const late = ptsOf(placed).slice(25);
    expect(late.slice(0, 13)).toEqual(new Array(13).fill('doubtful'));
    expect(late.slice(13)).toEqual(steps.slice(38).map((step) => step.rawPtsUs));
    expect(placed.filter((each) => each.type === 'media' && each.started !== null)).toHaveLength(1);
  });

  it('frames without dates are not left out for ever because one date was damaged', () => {
    const timeline = timelineOf();
    const placed = frames('visual', 0, 40_000, 200, 0).map((step, i) =>
      place(timeline, { ...step, rawPtsUs: i < 20 ? step.rawPtsUs : i === 20 ? HOUR_US : null }),
    );
    expect(placed.findLastIndex(({ type }) => type === 'dropped')).toBeLessThan(90);
  });

  it('media that come faster than they play are believed in the end', () => {
    const timeline = timelineOf();
    const timeLapse = frames('visual', 0, 10_000_000, 60, 0).map((step, i) => ({
      ...step,
      arrivedAtMs: i * 1000,
    }));
    const numMedia = timeLapse
      .map((step) => place(timeline, step))
      .filter(({ type }) => type === 'media').length;
    expect(numMedia).toBeGreaterThan(8);
  });

  it('damage to both modalities at the same time, by different amounts, starts nothing', () => {
    const timeline = timelineOf();
    const steps = together(frames('visual', 0, 40_000, 100, 0), frames('audio', 0, 20_000, 200, 1));
    const errorUs = { visual: 9 * HOUR_US, audio: -5_000_000 };
    const placed = steps.map((step, i) =>
      place(
        timeline,
        i % 50 < 4 && i >= 50 ? { ...step, rawPtsUs: step.rawPtsUs! + errorUs[step.modality] } : step,
      ),
    );
    expect(placed.filter((each) => each.type === 'media' && each.started !== null)).toHaveLength(1);
    expect(timeline.dropped.old).toBe(0);
    expect(timeline.dropped.doubtful).toBeGreaterThan(10);
  });

  it('a live clock that never says the same twice is believed in the end', () => {
    const timeline = timelineOf();
    const placed = frames('visual', 0, 40_000, 300, 0).map((step, i) =>
      place(timeline, i < 20 ? step : { ...step, rawPtsUs: (1000 - i) * 3_600_000_000 }),
    );
    const numMedia = placed.slice(20).filter((each) => each.type === 'media').length;
    expect(numMedia).toBe(4);
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
    const jump = placed.find(
      (each) => each.placed.type === 'media' && each.placed.started === 'discontinuity',
    )!;
    // 20 s in, 19 s after the jump, audio lies where the pictures of its moment are.
    const video = (last.step.arrivedAtMs - jump.step.arrivedAtMs) * 1000;
    expect(last.placed).toMatchObject({ type: 'media' });
    if (last.placed.type === 'media') expect(Math.abs(last.placed.ptsUs - video)).toBeLessThan(100_000);
  });

  it('several in a row each start a timeline', () => {
    const timeline = timelineOf();
    let starts = 0;
    for (let i = 0; i < 5; i++) {
      for (const step of frames('visual', (5 - i) * HOUR_US, 40_000, 20, i * 800)) {
        const placed = place(timeline, step);
        if (placed.type === 'media' && placed.started !== null) starts += 1;
      }
    }
    expect(starts).toBe(5);
  });
});

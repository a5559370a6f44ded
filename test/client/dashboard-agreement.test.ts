import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreementOf, MIN_MOMENTS, RunningAgreement } from '../../dashboard/src/data/agreement.js';
import { RunningCorrelation } from '../../dashboard/src/data/running-correlation.js';
import { momentOf, ScoreWindow } from '../../dashboard/src/data/score-window.js';
import { NOTHING, type Moment } from '../../dashboard/src/data/trace-columns.js';
import { LABELS } from '../../src/core/labels.js';
import { scoreMessage } from './dashboard-messages.js';

/** The textbook's formula, over the whole sequence at once. */
function twoPass(xs: readonly number[], ys: readonly number[]): number | null {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const sum = (of: (index: number) => number) => xs.reduce((total, _, index) => total + of(index), 0);
  const variance = (values: readonly number[], middle: number) => sum((i) => (values[i]! - middle) ** 2);
  const product = variance(xs, meanX) * variance(ys, meanY);
  return product === 0 ? null : sum((i) => (xs[i]! - meanX) * (ys[i]! - meanY)) / Math.sqrt(product);
}

function running(pairs: readonly (readonly [number, number])[]): number | null {
  const correlation = new RunningCorrelation();
  for (const [x, y] of pairs) correlation.push(x, y);
  return correlation.value;
}

describe('RunningCorrelation', () => {
  it('equals the formula in two passes, wherever the values lie', () => {
    const value = fc.double({ min: -1, max: 1, noNaN: true });
    const offset = fc.constantFrom(0, 0.5, 1000);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 8, maxLength: 400 }), offset, (pairs, by) => {
        const moved = pairs.map(
          ([x, y]) => [Math.round(x * 1e6) / 1e6 + by, Math.round(y * 1e6) / 1e6] as const,
        );
        const wanted = twoPass(
          moved.map(([x]) => x),
          moved.map(([, y]) => y),
        );
        const distinct = [0, 1].every((side) => new Set(moved.map((pair) => pair[side])).size > 1);
        fc.pre(distinct && wanted !== null);
        expect(running(moved)).toBeCloseTo(wanted ?? NaN, 6);
      }),
    );
  });

  it('is 1 or −1 where one follows the other exactly, and knows neither scale nor offset', () => {
    const up = Array.from({ length: 50 }, (_, i) => [Math.sin(i), 100 + 0.01 * Math.sin(i)] as const);
    expect(running(up)).toBeCloseTo(1, 9);
    expect(running(up.map(([x, y]) => [x, -y] as const))).toBeCloseTo(-1, 9);
  });

  it.each([
    ['nothing', []],
    ['one pair', [[0.1, 0.2]]],
    ['a constant prediction', Array.from({ length: 90 }, (_, i) => [0.1, Math.sin(i)])],
    ['a constant design', Array.from({ length: 90 }, (_, i) => [Math.sin(i), 0.3])],
  ] as const)('is not defined for %s', (_, pairs) => {
    expect(running(pairs as [number, number][])).toBeNull();
  });
});

/** Design that moves for every label but the last, whose prediction is right, opposite or constant by tower. */
function momentAt(step: number): Moment {
  const designed = LABELS.map((_, label) =>
    label === LABELS.length - 1 ? 0.5 : 0.5 + 0.4 * Math.sin(step / (3 + label)),
  );
  return {
    designed,
    ensemble: designed.map((value) => 0.2 + value / 3),
    visual: designed.map((value) => 1 - value),
    audio: designed.map(() => 0.4),
  };
}

describe('agreement', () => {
  it('is the mean over defined expressions, by tower', () => {
    const agreement = new RunningAgreement();
    for (let step = 0; step < 300; step++) agreement.push(momentAt(step));
    const { ensemble, visual, audio } = agreement.value;
    expect(ensemble).toBeCloseTo(1, 9);
    expect(visual).toBeCloseTo(-1, 9);
    expect(audio).toBeNull();
  });

  it('leaves out moments without a design, and towers without values', () => {
    const agreement = new RunningAgreement();
    for (let step = 0; step < 300; step++) {
      agreement.push(momentAt(step));
      agreement.push({ ...momentAt(step + 50), designed: null });
      agreement.push({ ...momentAt(step), visual: null });
      agreement.push(NOTHING);
    }
    expect(agreement.numMoments).toBe(600);
    expect(agreement.value.ensemble).toBeCloseTo(1, 9);
    expect(agreement.value.visual).toBeCloseTo(-1, 9);
  });

  it('says nothing of less than ten seconds', () => {
    const agreement = new RunningAgreement();
    for (let step = 0; step < MIN_MOMENTS - 1; step++) agreement.push(momentAt(step));
    expect(agreement.value.ensemble).toBeNull();
    agreement.push(momentAt(MIN_MOMENTS));
    expect(agreement.value.ensemble).toBeCloseTo(1, 9);
  });

  it('counts the last minute of the window alone, over gaps and holes in the annotation', () => {
    const window = new ScoreWindow();
    const wanted = new RunningAgreement();
    const noise = (seq: number, label: number) => 0.5 + 0.4 * Math.sin(seq * seq * 0.37 + label);
    for (let seq = 0; seq < 800; seq++) {
      if (seq === 700) window.push({ type: 'gap', epoch: 0, fromSeq: 700, toSeq: 709, reason: 'overload' });
      if (seq >= 700 && seq < 710) continue;
      const { ensemble, designed } = momentAt(seq);
      const score = scoreMessage(0, seq, {
        // What is older follows the design, what is newer does not.
        scores: seq < 439 ? ensemble! : LABELS.map((_, label) => noise(seq, label)),
        designed: seq % 50 < 10 ? null : designed,
        audio: null,
      });
      window.push(score);
      if (seq >= 439) wanted.push(momentOf(score));
    }
    const { xs, traces, designed, latestX } = window.view;
    const got = agreementOf(xs, traces, designed!, latestX! - 60);
    expect(got.ensemble).toBeCloseTo(wanted.value.ensemble!, 9);
    expect(Math.abs(got.ensemble!)).toBeLessThan(0.5);
    expect(got.audio).toBeNull();
  });
});

describe('a window', () => {
  it('has a design where any of its columns has, and keeps it beside the traces', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 0));
    expect(window.view.designed).toBeNull();
    window.push({ type: 'gap', epoch: 0, fromSeq: 1, toSeq: 1, reason: 'late' });
    window.push(scoreMessage(0, 2, { designed: LABELS.map((_, label) => label / 20) }));
    expect(window.view.designed?.[4]).toEqual([null, null, 0.2]);
    expect(window.snapshot()).toEqual(window.view);
  });

  it('forgets the design with the traces', () => {
    const window = new ScoreWindow();
    for (let seq = 0; seq < 1000; seq++)
      window.push(scoreMessage(0, seq, { designed: seq < 500 ? LABELS.map(() => 0.1) : null }));
    expect(window.view.designed).toBeNull();
  });
});

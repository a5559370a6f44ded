import { describe, expect, it } from 'vitest';
import { type Mark, ScoreWindow } from '../../dashboard/src/data/score-window.js';
import { TOWERS } from '../../dashboard/src/data/trace-columns.js';
import { LABELS } from '../../src/core/labels.js';
import { scoreMessage } from './dashboard-messages.js';

const x6 = (view: { readonly xs: readonly number[] }) => view.xs.map((x) => Math.round(x * 6));
const breaks = (marks: readonly Mark[]) => marks.filter((mark) => mark.kind === 'break');

describe('ScoreWindow', () => {
  it('puts scores on the 1/6 s grid whatever the wall clock says', () => {
    const window = new ScoreWindow();
    for (const [seq, atMs] of [
      [10, 0],
      [11, 900],
      [12, 901],
    ] as const) {
      window.push(scoreMessage(0, seq, { capturedAtMs: atMs }));
    }
    expect(x6(window.view)).toEqual([0, 1, 2]);
    expect(window.view.traces.ensemble.map((trace) => trace.length)).toEqual(LABELS.map(() => 3));
  });

  it('keeps label, tower and order of values', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 0, { scores: LABELS.map((_, label) => label / 100), audio: null }));
    expect(window.view.traces.ensemble[14]).toEqual([0.14]);
    expect(window.view.traces.visual[2]).toEqual([0.5]);
    expect(window.view.traces.audio[2]).toEqual([null]);
  });

  it('breaks the line at a gap and marks its whole width', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 0));
    window.push({ type: 'gap', epoch: 0, fromSeq: 1, toSeq: 4, reason: 'overload' });
    window.push(scoreMessage(0, 5));
    expect(x6(window.view)).toEqual([0, 1, 5]);
    expect(window.view.traces.ensemble[0]).toEqual([0.5, null, 0.5]);
    const [mark] = breaks(window.view.marks);
    expect(mark).toMatchObject({ reason: 'overload', numSegments: 4, fromX: 0 });
    expect(mark?.toX).toBeCloseTo(5 / 6);
  });

  it('ignores what it has already, as a resumed connection repeats it', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(1, 0));
    window.push({ type: 'gap', epoch: 1, fromSeq: 1, toSeq: 3, reason: 'late' });
    expect(window.push({ type: 'gap', epoch: 1, fromSeq: 1, toSeq: 3, reason: 'late' })).toBe(false);
    expect(window.push(scoreMessage(1, 2))).toBe(false);
    expect(window.push(scoreMessage(0, 99))).toBe(false);
    expect(window.push({ type: 'epoch', epoch: 1, reason: 'restart' })).toBe(false);
    expect(window.push(scoreMessage(1, 4))).toBe(true);
    expect(breaks(window.view.marks)).toHaveLength(1);
  });

  it('marks a hole that nobody explained', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 0));
    window.push(scoreMessage(0, 7));
    expect(breaks(window.view.marks)).toMatchObject([{ reason: 'missed', numSegments: 6 }]);
    expect(window.view.traces.ensemble[0]).toEqual([0.5, null, 0.5]);
  });

  it('sets epochs apart by the wall clock between them', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 50, { capturedAtMs: 10_000 }));
    window.push({ type: 'epoch', epoch: 1, reason: 'restart' });
    window.push(scoreMessage(1, 0, { capturedAtMs: 22_000 }));
    const { xs, marks, latestX } = window.view;
    expect(xs[0]).toBe(0);
    expect(latestX).toBeCloseTo(12);
    expect(marks).toMatchObject([
      { kind: 'break', reason: 'no-media', fromX: 0 },
      { kind: 'epoch', epoch: 1, reason: 'restart' },
    ]);
    expect(window.view.traces.ensemble[0]).toEqual([0.5, null, 0.5]);
  });

  it('grows in x over any mix of epochs, gaps and clocks that run backwards', () => {
    const window = new ScoreWindow();
    for (let epoch = 0; epoch < 40; epoch++) {
      window.push({ type: 'epoch', epoch, reason: 'discontinuity' });
      if (epoch % 3 === 0) window.push({ type: 'gap', epoch, fromSeq: 0, toSeq: 2, reason: 'source' });
      window.push(scoreMessage(epoch, 3, { capturedAtMs: 1e6 - epoch * 500 }));
      if (epoch % 4 === 0) window.push(scoreMessage(epoch, 6, { capturedAtMs: 1e6 - epoch * 500 + 400 }));
    }
    const { xs } = window.view;
    for (let column = 1; column < xs.length; column++) {
      expect(xs[column]).toBeGreaterThan(xs[column - 1] ?? Infinity);
    }
  });

  it('starts over with epoch 0 after a restart of the server', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(3, 100, { capturedAtMs: 0 }));
    window.restart();
    expect(window.push(scoreMessage(0, 0, { capturedAtMs: 2000 }))).toBe(true);
    expect(window.view.marks.at(-1)).toMatchObject({ kind: 'epoch', epoch: 0, reason: 'restart' });
  });

  it('stays bounded over a simulated hour with gaps and epochs', () => {
    const window = new ScoreWindow();
    let epoch = 0;
    let seq = 0;
    for (let step = 0; step < 6 * 3600; step++) {
      if (step % 500 === 499) {
        window.push({ type: 'epoch', epoch: ++epoch, reason: 'restart' });
        seq = 0;
      }
      if (step % 7 === 0) window.push({ type: 'gap', epoch, fromSeq: seq, toSeq: seq++, reason: 'late' });
      window.push(scoreMessage(epoch, seq++, { capturedAtMs: (step * 1000) / 6 }));
    }
    const { xs, traces, marks, latestX } = window.view;
    expect(xs.length).toBeGreaterThan(300);
    expect(xs.length).toBeLessThan(500);
    for (const tower of TOWERS) for (const trace of traces[tower]) expect(trace).toHaveLength(xs.length);
    expect(marks.length).toBeLessThan(80);
    expect((latestX ?? 0) - (xs[0] ?? 0)).toBeGreaterThan(55);
  });

  it('gives snapshots that later scores do not touch', () => {
    const window = new ScoreWindow();
    window.push(scoreMessage(0, 0));
    const snapshot = window.snapshot();
    window.push(scoreMessage(0, 1));
    expect(snapshot.xs).toHaveLength(1);
    expect(snapshot.traces.visual[0]).toEqual([0.5]);
    expect(window.view.xs).toHaveLength(2);
  });
});

import { describe, expect, it } from 'vitest';
import { LABELS } from '../../../src/core/labels.js';
import { renderReport } from '../../../src/training/report/index.js';
import { axisTicks, linePlot } from '../../../src/training/report/plot.js';
import type { EpochRow, RunRecord } from '../../../src/training/run/index.js';
import { TRAINING_DEFAULTS } from '../../../src/training/run/index.js';

const RECORD: RunRecord = {
  format: 'evoked-training-run-1',
  options: { ...TRAINING_DEFAULTS, modality: 'audio', epochs: 3 },
  training: { labels: '/a.csv', features: '/a' },
  validation: { labels: '/b.csv', features: '/b' },
  trainedOn: 'Nothing <real> & "true".',
  facts: {
    ...{
      numVideos: 3,
      numSteps: 99,
      embeddingDim: 2048,
      maxSeconds: 61.5,
      backend: 'wasm',
      extractorDigest: null,
    },
    training: { numVideos: 3, digest: '0'.repeat(64) },
    validation: { numVideos: 2, digest: '1'.repeat(64) },
  },
};

function row(epoch: number, mRho: number | null): EpochRow {
  const correlations = LABELS.map((_, label) => (label === 2 ? null : label === 3 ? -0.25 : 0.5));
  const validation = { loss: 2 / epoch, mRho, mRhoDefined: mRho, numUndefined: 2, correlations };
  return { epoch, trainLoss: 3 / epoch, weights: 'current', validation, learningRate: 0.005, seconds: 1.25 };
}

describe('renderReport', () => {
  const rows = [row(1, 0.1), row(2, 0.3), row(3, 0.2)];

  it('tells what the data were, the figures of the kept epoch, and every option', () => {
    const page = renderReport({ record: RECORD, rows, keptEpoch: 2 });
    expect(page).toContain('Nothing &lt;real&gt; &amp; &quot;true&quot;.');
    expect(page).toMatch(/<b>0\.3000<\/b><span>M_rho of the tower file \(epoch 2\)/);
    expect(page).toMatch(/awe<\/td><td class="number">–<\/td>/);
    expect(page).toMatch(
      /concentration<\/td><td class="number">-0\.2500<\/td>.*class="minus" style="width:25\.0%"/,
    );
    for (const flag of ['--learning-rate', '--swa-from', '--drop-timestamps']) expect(page).toContain(flag);
  });

  it('renews itself only while epochs are to come', () => {
    const refresh = 'http-equiv="refresh"';
    expect(renderReport({ record: RECORD, rows: rows.slice(0, 2), keptEpoch: 2 })).toContain(refresh);
    expect(renderReport({ record: RECORD, rows, keptEpoch: 2 })).not.toContain(refresh);
  });

  it('has one plot, and no empty table, where nothing was validated', () => {
    const unvalidated = rows.map((each) => ({ ...each, validation: null }));
    const page = renderReport({ record: { ...RECORD, validation: null }, rows: unvalidated, keptEpoch: 3 });
    expect(page.match(/<svg/g)).toHaveLength(1);
    expect(page).not.toContain('Correlation of each expression');
    expect(page).not.toMatch(/NaN|undefined|null/);
  });

  it('holds one epoch, and epochs whose M_rho is not defined', () => {
    for (const few of [[row(1, null)], [row(1, null), row(2, 0.5)]]) {
      expect(renderReport({ record: RECORD, rows: few, keptEpoch: 1 })).not.toMatch(/NaN|undefined|Infinity/);
    }
  });
});

describe('linePlot', () => {
  it('interrupts a line where a value is missing', () => {
    const plot = linePlot('t', [{ label: 'l', style: 'a', values: [1, null, 2, 3] }]);
    expect(/ d="([^"]*)"/.exec(plot)![1]!.match(/[ML]/g)).toEqual(['M', 'M', 'L']);
    expect(plot).toContain('<title>l, epoch 3: 2</title>');
  });
});

describe('axisTicks', () => {
  it.each([
    [0.1, 0.93],
    [-0.5, 0.5],
    [31.7, 40.2],
    [2, 2],
    [0, 0],
    [1e-7, 3e-7],
  ])('spans %d to %d with few round values', (min, max) => {
    const ticks = axisTicks(min, max);
    expect(ticks[0]).toBeLessThanOrEqual(min);
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
    expect(ticks.length).toBeGreaterThanOrEqual(2);
    expect(ticks.length).toBeLessThanOrEqual(8);
  });
});

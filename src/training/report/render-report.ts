import { LABELS } from '../../core/labels.js';
import { bestEpoch, type EpochRow } from '../run/epoch-row.js';
import type { RunRecord } from '../run/run-record.js';
import { optionFlag, type TrainingOptions } from '../run/training-options.js';
import { linePlot } from './plot.js';
import { REPORT_STYLE } from './style.js';

/** What a report tells of. */
export interface ReportContent {
  readonly record: RunRecord;
  /** Complete epochs; one at least. */
  readonly rows: readonly EpochRow[];
  readonly keptEpoch: number;
}

const REFRESH_SECONDS = 30;

/** The report of a run as one HTML page that loads nothing; while epochs are to come it renews itself. */
export function renderReport({ record, rows, keptEpoch }: ReportContent): string {
  const { options, trainedOn, facts } = record;
  const isFinished = rows.length >= options.epochs;
  const title = `${options.modality} tower · ${rows.length} of ${options.epochs} epochs`;
  const refresh = isFinished ? '' : `<meta http-equiv="refresh" content="${REFRESH_SECONDS}">`;
  const kept = rows.find(({ epoch }) => epoch === keptEpoch) ?? rows.at(-1)!;
  const validated = rows.some(({ validation }) => validation !== null);
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}
<title>${title}</title><style>${REPORT_STYLE}</style></head><body>
<h1>${title}</h1>
<p class="honest">Trained on: ${escapeHtml(trainedOn)}</p>
<p class="dim">${facts.numVideos} training videos with ${facts.numSteps} annotated steps, up to ${facts.maxSeconds.toFixed(0)} s ·
${facts.validation === null ? 'no validation videos' : `${facts.validation.numVideos} validation videos`} ·
${duration(seconds)} on ${escapeHtml(facts.backend)}</p>
<div class="tiles">${tiles(rows, kept)}</div>
<div class="plots">
${linePlot('Loss by epoch', [
  { label: 'training loss', style: 'a', values: rows.map(({ trainLoss }) => trainLoss) },
  ...(validated
    ? [{ label: 'validation loss', style: 'b', values: rows.map((row) => row.validation?.loss ?? null) }]
    : []),
])}
${
  validated
    ? linePlot('M_rho by epoch', [
        { label: 'M_rho', style: 'a', values: rows.map((row) => row.validation?.mRho ?? null) },
        {
          label: 'over defined correlations only',
          style: 'c dashed',
          values: rows.map((row) => row.validation?.mRhoDefined ?? null),
        },
      ])
    : ''
}
</div>
<p class="dim">Losses are of labels x ${options.labelScale}; the training loss is with dropout, the validation loss without. M_rho is the
mean over videos of the mean of 15 correlations; one that is not defined (a constant curve) counts -1, as the method's authors count.</p>
<div class="columns"><section>${kept.validation === null ? '' : expressionTable(kept)}</section>
<section>${optionTable(options)}</section></div>
<p class="dim">The scores are what a viewer is predicted to show; how well they agree with real viewers is for
data of real viewers to say.</p>
</body></html>
`;
}

function tiles(rows: readonly EpochRow[], kept: EpochRow): string {
  const best = bestEpoch(rows);
  const last = rows.at(-1)!;
  const tile = (value: string, text: string): string =>
    `<div class="tile"><b>${value}</b><span>${text}</span></div>`;
  return [
    tile(figure(kept.validation?.mRho), `M_rho of the tower file (epoch ${kept.epoch}${weightsText(kept)})`),
    tile(figure(kept.validation?.mRhoDefined), 'over defined correlations only'),
    tile(
      figure(best?.validation?.mRho),
      best === null ? 'not validated' : `best M_rho (epoch ${best.epoch})`,
    ),
    tile(figure(last.trainLoss), `training loss (epoch ${last.epoch})`),
    tile(figure(last.validation?.loss), 'validation loss'),
    tile(`${last.seconds.toFixed(1)} s`, 'last epoch'),
  ].join('');
}

function weightsText({ weights }: EpochRow): string {
  return weights === 'average' ? ', mean of weights' : '';
}

function expressionTable({ epoch, validation }: EpochRow): string {
  const rows = LABELS.map((label, index) => {
    const value = validation?.correlations[index] ?? null;
    const width = (100 * Math.abs(value ?? 0)).toFixed(1);
    const bar = `<i class="${(value ?? 0) < 0 ? 'minus' : ''}" style="width:${width}%"></i>`;
    return `<tr><td>${label}</td><td class="number">${figure(value)}</td><td class="bar">${bar}</td></tr>`;
  });
  return `<h2>Correlation of each expression, epoch ${epoch}</h2><table><tr><th>expression</th><th class="number">mean over videos</th><th></th></tr>
${rows.join('\n')}</table>`;
}

function optionTable(options: TrainingOptions): string {
  const rows = Object.entries(options).map(([name, value]) => {
    const flag = name === 'position' ? 'position' : optionFlag(name as keyof TrainingOptions);
    return `<tr><td><code>${flag}</code></td><td>${escapeHtml(value === null ? 'none' : String(value))}</td></tr>`;
  });
  return `<h2>Options</h2><table><tr><th>option</th><th>value</th></tr>${rows.join('\n')}</table>`;
}

function figure(value: number | null | undefined): string {
  return value === null || value === undefined ? '–' : value.toFixed(4);
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

function escapeHtml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
  };
  return text.replaceAll(/[&<>"]/g, (sign) => entities[sign]!);
}

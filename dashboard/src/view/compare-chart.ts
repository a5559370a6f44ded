import uPlot from 'uplot';
import { LABELS } from '../../../src/core/labels.js';
import { calmRange, extent, type Range } from '../data/calm-range.js';
import type { LabelPicks } from '../data/label-picks.js';
import { canvasFont, drawMarks } from './chart-marks.js';
import { type ChartFrame, WINDOW_SECONDS } from './chart-frame.js';
import { drawEndLabels, END_LABEL_WIDTH } from './end-labels.js';
import type { Theme } from './theme.js';

/** `change`: each trace less its mean over the window. */
export type Scale = 'values' | 'change';

/** Dashes by `TraceStyle.dashIndex`, in CSS pixels. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]];

/** Narrower charts have no room for names at the ends of the lines. */
const MIN_WIDTH_WITH_END_LABELS = 620;

/** All 15 traces on one scale: the picked ones in colour with their names, the others as a quiet backdrop. */
export class CompareChart {
  scale: Scale = 'values';
  readonly #plot: uPlot;
  readonly #host: HTMLElement;
  readonly #theme: Theme;
  readonly #picks: LabelPicks;
  #frame: ChartFrame | null = null;
  #drawn: ChartFrame['traces'] = [];
  #range: Range = [0, 1];
  #rangeScale: Scale = 'values';

  constructor(host: HTMLElement, theme: Theme, picks: LabelPicks) {
    this.#host = host;
    this.#theme = theme;
    this.#picks = picks;
    this.#plot = new uPlot(this.#options(), [[], ...Array.from({ length: 30 }, () => [])], host);
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(host);
  }

  render(frame: ChartFrame): void {
    this.#frame = frame;
    this.#drawn = this.scale === 'values' ? frame.traces : frame.traces.map(lessItsMean);
    if (this.#rangeScale !== this.scale) this.forgetScale();
    this.#rangeScale = this.scale;
    this.#range = calmRange(this.#range, ...extent(this.#drawn));
    this.#styleSeries();
    const columns = this.#drawn.map((trace) => [...trace]);
    this.#plot.setData([[...frame.xs], ...columns, ...columns]);
  }

  /** Another stream comes: its values owe nothing to the axis of the one before. */
  forgetScale(): void {
    this.#range = [0, 0.001];
  }

  /** Seconds before now under a position in the page, null outside the traces. */
  secondsAt(clientX: number): number | null {
    const box = this.#plot.over.getBoundingClientRect();
    if (clientX < box.left || clientX > box.right) return null;
    return this.#plot.posToVal(clientX - box.left, 'x');
  }

  #styleSeries(): void {
    LABELS.forEach((_, label) => {
      const series = this.#plot.series[1 + LABELS.length + label];
      const style = this.#picks.styleOf(label);
      if (series === undefined) return;
      series.show = style !== null;
      series.dash = [...(DASHES[style?.dashIndex ?? 0] ?? [])];
    });
  }

  #colorOf(label: number): string {
    const style = this.#picks.styleOf(label);
    return (style === null ? undefined : this.#theme.colors.traces[style.colorIndex]) ?? 'transparent';
  }

  #hasEndLabels(): boolean {
    return this.#host.clientWidth >= MIN_WIDTH_WITH_END_LABELS;
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(this.#host.clientWidth, 100), height: Math.max(this.#host.clientHeight, 100) };
  }

  #options(): uPlot.Options {
    const context = LABELS.map(() => ({
      stroke: () => this.#theme.colors.context,
      width: 1,
      points: { show: false },
    }));
    const emphasised = LABELS.map((_, label) => ({
      stroke: () => this.#colorOf(label),
      width: 2,
      points: { show: false },
    }));
    const axis = {
      stroke: () => this.#theme.colors.inkFaint,
      grid: { stroke: () => this.#theme.colors.line, width: 1 },
      ticks: { show: false },
      font: `11px ${getComputedStyle(this.#host).fontFamily}`,
    };
    return {
      ...this.#size(),
      padding: [10, () => (this.#hasEndLabels() ? END_LABEL_WIDTH : 18), 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: [-WINDOW_SECONDS, 0] }, y: { range: () => [...this.#range] } },
      axes: [
        { ...axis, size: 26, gap: 6, splits: () => [-60, -50, -40, -30, -20, -10, 0], values: secondsAgo },
        { ...axis, size: 46, gap: 6 },
      ],
      series: [{}, ...context, ...emphasised],
      hooks: {
        drawClear: [(plot) => this.#drawBackdrop(plot)],
        draw: [(plot) => this.#drawNames(plot)],
      },
    };
  }

  #drawBackdrop(plot: uPlot): void {
    if (this.#frame === null) return;
    drawMarks(plot, { ...this.#frame, colors: this.#theme.colors }, true);
  }

  #drawNames(plot: uPlot): void {
    if (this.#frame === null || !this.#hasEndLabels()) return;
    const names = this.#picks.labels.map((label) => ({
      text: LABELS[label] ?? '',
      value: this.#drawn[label]?.[this.#frame?.newestColumn ?? -1] ?? null,
      color: this.#colorOf(label),
    }));
    drawEndLabels(plot, names, canvasFont(plot, 12, 600));
  }
}

function secondsAgo(plot: uPlot, splits: number[]): string[] {
  const every = plot.width < 480 ? 20 : 10;
  return splits.map((seconds) => (seconds === 0 ? 'now' : seconds % every === 0 ? `${-seconds} s ago` : ''));
}

function lessItsMean(trace: readonly (number | null)[]): readonly (number | null)[] {
  let sum = 0;
  let count = 0;
  for (const value of trace) {
    if (value === null) continue;
    sum += value;
    count++;
  }
  return trace.map((value) => (value === null ? null : value - sum / count));
}

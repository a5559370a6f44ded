import uPlot from 'uplot';
import { LABELS } from '../../../src/core/labels.js';
import { calmRange, extent, sharedRange, type Range } from '../data/calm-range.js';
import type { LabelPicks } from '../data/label-picks.js';
import type { Traces } from '../data/trace-columns.js';
import { lessItsMean } from '../data/trace-mean.js';
import { chartBase } from './chart-base.js';
import { canvasFont } from './chart-marks.js';
import type { ChartFrame } from './chart-frame.js';
import { drawEndLabels, END_LABEL_WIDTH } from './end-labels.js';
import type { Theme } from './theme.js';

/** `change`: each trace less its mean over the window. */
export type Scale = 'values' | 'change';

/** Dashes by `TraceStyle.dashIndex`, in CSS pixels. */
export const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]];

/** How a design is drawn behind the prediction of the same colour, in CSS pixels: a band, where the prediction is a line. */
export const DESIGNED_WIDTH = 6;
export const DESIGNED_ALPHA = 0.26;

/** Narrower charts have no room for names at the ends of the lines. */
const MIN_WIDTH_WITH_END_LABELS = 620;

/** All 15 traces on one scale: the picked ones in colour with their names and behind them what the film is designed to evoke, the others as a quiet backdrop. */
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
    this.#plot = new uPlot(
      this.#options(),
      [[], ...Array.from({ length: 3 * LABELS.length }, () => [])],
      host,
    );
    new ResizeObserver(() => this.#plot.setSize(this.#size())).observe(host);
  }

  render(frame: ChartFrame): void {
    this.#frame = frame;
    const asShown = (traces: Traces): Traces => (this.scale === 'values' ? traces : traces.map(lessItsMean));
    const designed = frame.designed === null ? null : asShown(frame.designed);
    this.#drawn = asShown(frame.traces);
    if (this.#rangeScale !== this.scale) this.forgetScale();
    this.#rangeScale = this.scale;
    if (designed !== null && this.scale === 'values') this.#range = sharedRange(...extent(this.#drawn));
    else this.#range = calmRange(this.#range, ...extent([...this.#drawn, ...this.#pickedOf(designed)]));
    this.#styleSeries(designed !== null);
    const columns = this.#drawn.map((trace) => [...trace]);
    const behind = designed?.map((trace) => [...trace]) ?? columns;
    this.#plot.setData([[...frame.xs], ...columns, ...behind, ...columns]);
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

  #pickedOf(traces: Traces | null): Traces {
    return traces?.filter((_, label) => this.#picks.styleOf(label) !== null) ?? [];
  }

  #styleSeries(withDesign: boolean): void {
    LABELS.forEach((_, label) => {
      const context = this.#plot.series[1 + label];
      const band = this.#plot.series[1 + LABELS.length + label];
      const line = this.#plot.series[1 + 2 * LABELS.length + label];
      const style = this.#picks.styleOf(label);
      if (context === undefined || band === undefined || line === undefined) return;
      // Beside bands the backdrop would be one thing too many.
      context.show = !withDesign;
      band.show = withDesign && style !== null;
      line.show = style !== null;
      line.dash = [...(DASHES[style?.dashIndex ?? 0] ?? [])];
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
    const designed = LABELS.map((_, label) => ({
      stroke: () => this.#colorOf(label),
      alpha: DESIGNED_ALPHA,
      width: DESIGNED_WIDTH,
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
      axes: [
        { ...axis, size: 26, gap: 6, splits: () => [-60, -50, -40, -30, -20, -10, 0], values: secondsAgo },
        { ...axis, size: 46, gap: 6 },
      ],
      series: [{}, ...context, ...designed, ...emphasised],
      ...chartBase({
        theme: this.#theme,
        frame: () => this.#frame,
        range: () => this.#range,
        withNames: true,
        draw: (plot) => this.#drawNames(plot),
      }),
    };
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

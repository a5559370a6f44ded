import uPlot from 'uplot';
import { calmRange, extent, sharedRange, type Range } from '../data/calm-range.js';
import type { TraceStyle } from '../data/label-picks.js';
import { traceMean } from '../data/trace-mean.js';
import { chartBase } from './chart-base.js';
import type { ChartFrame } from './chart-frame.js';
import { create, createSvg, setText } from './page.js';
import type { Theme } from './theme.js';

/** One expression: its name, its minute on a scale of its own, its value as a number and as a bar. */
export class LabelCard {
  readonly element: HTMLLIElement;
  readonly #label: number;
  readonly #theme: Theme;
  readonly #button: HTMLButtonElement;
  readonly #swatch = createSvg('line', { x1: '0', x2: '22', y1: '5', y2: '5' });
  readonly #number = create('span', { class: 'card-number', text: '–' });
  readonly #change = create('span', { class: 'card-change' });
  readonly #trace = create('div', { class: 'card-trace', attributes: { 'aria-hidden': 'true' } });
  readonly #strip = create('div', { class: 'strip', attributes: { 'aria-hidden': 'true' } });
  readonly #stripRange = create('div', { class: 'strip-range' });
  readonly #stripBar = create('div', { class: 'strip-bar' });
  readonly #stripZero = create('div', { class: 'strip-zero' });
  readonly #plot: uPlot;
  #frame: ChartFrame | null = null;
  #range: Range | null = null;
  #color = '';

  constructor(name: string, label: number, theme: Theme, onToggle: (label: number) => void) {
    this.#label = label;
    this.#theme = theme;
    const swatchBox = createSvg(
      'svg',
      { class: 'swatch', viewBox: '0 0 22 10', 'aria-hidden': 'true', preserveAspectRatio: 'xMinYMid slice' },
      this.#swatch,
    );
    this.#button = create('button', {
      class: 'card-name',
      attributes: { type: 'button' },
      children: [swatchBox, create('span', { text: name })],
    });
    this.#button.addEventListener('click', () => onToggle(label));
    this.#strip.append(this.#stripRange, this.#stripBar, this.#stripZero);
    const value = create('p', { class: 'card-value', children: [this.#number, this.#change] });
    this.element = create('li', {
      class: 'card',
      attributes: { 'data-label': name },
      children: [this.#button, value, this.#trace, this.#strip],
    });
    this.#plot = new uPlot(this.#options(), [[], [], []], this.#trace);
  }

  /** Emphasises the card, or takes the emphasis away. */
  setStyle(style: TraceStyle | null, dash: readonly number[]): void {
    const { traces, quiet } = this.#theme.colors;
    this.#color = (style === null ? undefined : traces[style.colorIndex]) ?? quiet;
    this.#button.setAttribute('aria-pressed', String(style !== null));
    this.#swatch.style.stroke = style === null ? '' : this.#color;
    this.#swatch.style.strokeDasharray = dash.join(' ');
    this.#strip.style.setProperty('--strip-color', this.#color);
    const series = this.#plot.series[2];
    if (series !== undefined) series.dash = [...dash];
  }

  render(frame: ChartFrame): void {
    this.#frame = frame;
    const trace = frame.traces[this.#label] ?? [];
    const designed = frame.designed?.[this.#label];
    if (designed === undefined) this.#range = calmRange(this.#range, ...extent([trace]));
    else this.#range = sharedRange(...extent([trace]));
    this.#plot.setData([[...frame.xs], [...(designed ?? trace.map(() => null))], [...trace]]);
  }

  /** Another stream comes. */
  forgetScale(): void {
    this.#range = null;
  }

  /** Number, difference from the minute's mean, and bar. `domain` is shared by all cards and holds 0. */
  renderValue(frame: ChartFrame, domain: Range, withText: boolean): void {
    const trace = frame.traces[this.#label] ?? [];
    const value = trace[frame.shownColumn] ?? null;
    const [low, high] = extent([trace]);
    const span = domain[1] - domain[0];
    const at = (position: number) => (position - domain[0]) / span;
    place(this.#stripRange, at(Math.min(low, high)), at(Math.max(low, high)));
    place(this.#stripBar, at(Math.min(0, value ?? 0)), at(Math.max(0, value ?? 0)));
    this.#stripZero.style.left = `${at(0) * 100}%`;
    if (!withText) return;
    setText(this.#number, value === null ? '–' : decimal(value));
    const difference = value === null ? null : value - traceMean(trace);
    setText(this.#change, difference === null ? '' : `${signed(difference)}`);
  }

  resize(): void {
    this.#plot.setSize(this.#size());
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(this.#trace.clientWidth, 40), height: Math.max(this.#trace.clientHeight, 20) };
  }

  #options(): uPlot.Options {
    return {
      width: 200,
      height: 46,
      padding: [3, 3, 3, 0],
      axes: [{ show: false }, { show: false }],
      series: [
        {},
        {
          stroke: () => this.#theme.colors.designed,
          fill: () => this.#theme.colors.designedWash,
          width: 1,
          points: { show: false },
        },
        { stroke: () => this.#color, width: 1.5, points: { show: false } },
      ],
      ...chartBase({
        theme: this.#theme,
        frame: () => this.#frame,
        range: () => this.#range ?? [0, 1],
        withNames: false,
        draw: (plot) => this.#drawDot(plot),
      }),
    };
  }

  #drawDot(plot: uPlot): void {
    const frame = this.#frame;
    const x = frame?.xs[frame.shownColumn];
    const y = frame?.traces[this.#label]?.[frame.shownColumn];
    if (x === undefined || y === undefined || y === null) return;
    const { ctx } = plot;
    ctx.save();
    ctx.fillStyle = this.#color;
    ctx.beginPath();
    ctx.arc(plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true), 2.5 * devicePixelRatio, 0, 2 * Math.PI);
    ctx.fill();
    ctx.restore();
  }
}

function place(bar: HTMLElement, from: number, to: number): void {
  const visible = Number.isFinite(from) && Number.isFinite(to);
  bar.style.transform = visible ? `translateX(${from * 100}%) scaleX(${to - from})` : 'scaleX(0)';
}

/** Three decimals, with a real minus sign. */
export function decimal(value: number): string {
  const text = Math.abs(value).toFixed(3);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function signed(difference: number): string {
  const text = Math.abs(difference).toFixed(3);
  if (Number(text) === 0) return '±0.000';
  return difference < 0 ? `▼ ${text}` : `▲ ${text}`;
}

import { LABELS } from '../../../src/core/labels.js';
import { calmRange, extent, type Range } from '../data/calm-range.js';
import { LabelPicks, mostMoving } from '../data/label-picks.js';
import type { ChartFrame } from './chart-frame.js';
import { CompareChart, DASHES, DESIGNED_ALPHA, DESIGNED_WIDTH, type Scale } from './compare-chart.js';
import { decimal, LabelCard } from './label-card.js';
import { byId, create, createSvg, onChoice, setText } from './page.js';
import type { Theme } from './theme.js';

/** Numbers that change six times a second cannot be read. */
const TEXT_INTERVAL_MS = 400;
const NUM_MOVING = 5;
const EMPTY_DOMAIN: Range = [0, 0.001];
const FIRST_PICKS = ['amusement', 'concentration', 'interest', 'sadness', 'surprise'] as const;

/** The chart, the 15 cards, and what they share: picks, the moment that is read out, the bars' scale. */
export class ScoreBoard {
  /** Seconds before now that a person points at, null for now. */
  readoutX: number | null = null;
  readonly #picks = new LabelPicks(FIRST_PICKS.map((name) => LABELS.indexOf(name)));
  readonly #theme: Theme;
  readonly #chart: CompareChart;
  readonly #cards: readonly LabelCard[];
  readonly #readout = byId('readout', HTMLParagraphElement);
  readonly #message = byId('compare-message', HTMLParagraphElement);
  readonly #hint = byId('cards-hint', HTMLParagraphElement);
  readonly #cardsLegend = byId('cards-legend', HTMLParagraphElement);
  readonly #designedButton = byId('designed-button', HTMLButtonElement);
  readonly #redraw: () => void;
  #domain: Range = EMPTY_DOMAIN;
  #textAtMs = -Infinity;
  #frame: ChartFrame | null = null;
  #showsDesign = true;

  constructor(theme: Theme, redraw: () => void) {
    this.#theme = theme;
    this.#redraw = redraw;
    const host = byId('compare-chart', HTMLDivElement);
    this.#chart = new CompareChart(host, theme, this.#picks);
    this.#cards = LABELS.map(
      (name, label) =>
        new LabelCard(name, label, theme, () => {
          this.#picks.toggle(label);
          this.restyle();
        }),
    );
    const list = byId('cards', HTMLUListElement);
    list.append(...this.#cards.map((card) => card.element));
    new ResizeObserver(() => this.#cards.forEach((card) => card.resize())).observe(list);
    this.#bindPicks();
    this.#bindDesign();
    this.#bindPointing(host);
    this.restyle();
  }

  /** Another stream comes. */
  reset(): void {
    this.readoutX = null;
    this.#domain = EMPTY_DOMAIN;
    this.#chart.forgetScale();
    for (const card of this.#cards) card.forgetScale();
    this.refreshText();
  }

  /** Numbers follow at once, not at their calm pace: another stream, tower or moment is shown. */
  refreshText(): void {
    this.#textAtMs = -Infinity;
  }

  /** `silentSeconds` is the age of the newest score; null before the first. */
  render(given: ChartFrame, silentSeconds: number | null): void {
    this.#designedButton.hidden = given.designed === null;
    const frame = this.#showsDesign ? given : { ...given, designed: null };
    this.#cardsLegend.hidden = frame.designed === null;
    this.#frame = frame;
    const [low, high] = extent(frame.traces);
    if (low <= high) {
      const [from, to] = calmRange(this.#domain, Math.min(low, 0), Math.max(high, 0));
      this.#domain = [low < 0 ? from : 0, high > 0 ? to : 0];
    }
    setText(this.#message, describeSilence(silentSeconds));
    const nowMs = performance.now();
    const withText = nowMs - this.#textAtMs >= TEXT_INTERVAL_MS;
    if (withText) this.#textAtMs = nowMs;
    this.#chart.render(frame);
    for (const card of this.#cards) {
      card.render(frame);
      card.renderValue(frame, this.#domain, withText);
    }
    if (withText) this.#renderText(frame);
  }

  /** Colours or picks changed. */
  restyle(): void {
    this.#cards.forEach((card, label) => {
      const style = this.#picks.styleOf(label);
      card.setStyle(style, DASHES[style?.dashIndex ?? 0] ?? []);
    });
    this.refreshText();
    this.#readout.replaceChildren();
    this.#redraw();
  }

  #renderText(frame: ChartFrame): void {
    const [low, high] = this.#domain;
    setText(
      this.#hint,
      frame.shownColumn < 0
        ? ''
        : `${frame.designed === null ? 'Each trace has a scale of its own' : 'Traces run from 0 to 1'}. Bars share one, ${low} to ${high}. ▲▼ is the difference from the minute's mean.`,
    );
    const key = `${frame.readoutX === null ? 'now' : `${(-frame.readoutX).toFixed(1)} s ago`}`;
    const items = this.#picks.labels.map((label) => this.#legendItem(frame, label));
    const keys = frame.designed === null ? [] : [designKey('predicted'), designKey('designed by the film')];
    this.#readout.replaceChildren(create('strong', { text: key }), ...items, ...keys);
    this.#readout.setAttribute('aria-live', frame.readoutX === null ? 'off' : 'polite');
  }

  #legendItem(frame: ChartFrame, label: number): HTMLElement {
    const style = this.#picks.styleOf(label);
    const line = createSvg('line', { x1: '0', x2: '22', y1: '5', y2: '5' });
    line.style.stroke = this.#theme.colors.traces[style?.colorIndex ?? 0] ?? '';
    line.style.strokeDasharray = (DASHES[style?.dashIndex ?? 0] ?? []).join(' ');
    const value = frame.traces[label]?.[frame.shownColumn] ?? null;
    const text = `${LABELS[label] ?? ''} ${value === null ? '–' : decimal(value)}`;
    const swatch = createSvg('svg', { class: 'swatch', viewBox: '0 0 22 10', 'aria-hidden': 'true' }, line);
    return create('span', { class: 'legend-item', children: [swatch, text] });
  }

  #bindPicks(): void {
    const pick = (id: string, choose: () => readonly number[]) => {
      byId(id, HTMLButtonElement).addEventListener('click', () => {
        this.#picks.set(choose());
        this.restyle();
      });
    };
    pick('pick-moving', () => mostMoving(this.#frame?.traces ?? [], NUM_MOVING));
    pick('pick-all', () => LABELS.map((_, label) => label));
    pick('pick-none', () => []);
    onChoice(byId('scale-choice', HTMLFieldSetElement), (value) => {
      this.#chart.scale = value as Scale;
      this.#redraw();
    });
  }

  #bindDesign(): void {
    this.#designedButton.addEventListener('click', () => {
      this.#showsDesign = !this.#showsDesign;
      this.#designedButton.setAttribute('aria-pressed', String(this.#showsDesign));
      for (const card of this.#cards) card.forgetScale();
      this.#chart.forgetScale();
      this.refreshText();
      this.#redraw();
    });
  }

  #bindPointing(host: HTMLElement): void {
    host.addEventListener('pointermove', (event) => this.#point(this.#chart.secondsAt(event.clientX)));
    host.addEventListener('pointerleave', () => this.#point(null));
    host.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' || event.key === 'End') this.#point(null);
      else if (event.key === 'ArrowLeft') this.#point(Math.max((this.readoutX ?? 0) - 1, -60));
      else if (event.key === 'ArrowRight')
        this.#point((this.readoutX ?? 0) + 1 >= 0 ? null : (this.readoutX ?? 0) + 1);
      else return;
      event.preventDefault();
    });
  }

  #point(seconds: number | null): void {
    this.readoutX = seconds;
    this.refreshText();
    this.#redraw();
  }
}

function describeSilence(silentSeconds: number | null): string {
  if (silentSeconds === null) return 'Waiting for the first score';
  return silentSeconds < 3 ? '' : `No score for ${silentSeconds.toFixed(0)} s`;
}

/** Says how the big chart draws one of the two, whatever the colour. */
function designKey(text: 'predicted' | 'designed by the film'): HTMLElement {
  const line = createSvg('line', { x1: '0', x2: '22', y1: '5', y2: '5' });
  line.style.stroke = 'currentColor';
  if (text !== 'predicted') {
    line.style.strokeWidth = String(DESIGNED_WIDTH);
    line.style.strokeOpacity = String(DESIGNED_ALPHA);
  }
  const swatch = createSvg('svg', { class: 'swatch', viewBox: '0 0 22 10', 'aria-hidden': 'true' }, line);
  return create('span', { class: 'legend-item design-key', children: [swatch, text] });
}

import type uPlot from 'uplot';
import type { Mark } from '../data/score-window.js';
import type { ChartColors } from './theme.js';

/** Distance of hatch lines in CSS pixels. */
const HATCH_STEP = 6;

/** What is drawn behind the traces of every chart. x in seconds before now. */
export interface ChartBackdrop {
  readonly marks: readonly Mark[];
  /** Subtracted from the marks' x. */
  readonly latestX: number;
  /** Moment that is read out, in seconds before now (at most 0); null for now. */
  readonly readoutX: number | null;
  readonly colors: ChartColors;
}

/** Hatches breaks, draws epoch borders, and names both where there is room. */
export function drawMarks(plot: uPlot, backdrop: ChartBackdrop, withNames: boolean): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const mark of backdrop.marks) {
    if (mark.kind === 'break') drawBreak(plot, backdrop, mark, withNames);
    else drawEpoch(plot, backdrop, mark, withNames);
  }
  if (backdrop.readoutX !== null) {
    const x = plot.valToPos(backdrop.readoutX, 'x', true);
    verticalLine(plot, x, backdrop.colors.lineStrong, []);
  }
  ctx.restore();
}

function drawBreak(
  plot: uPlot,
  { colors, latestX }: ChartBackdrop,
  mark: Mark & { readonly kind: 'break' },
  withNames: boolean,
): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const left = plot.valToPos(mark.fromX - latestX, 'x', true);
  const width = Math.max(plot.valToPos(mark.toX - latestX, 'x', true) - left, 2 * pixels);
  const visibleLeft = Math.max(left, bbox.left);
  const visibleWidth = Math.min(left + width, bbox.left + bbox.width) - visibleLeft;
  if (visibleWidth <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(visibleLeft, bbox.top, visibleWidth, bbox.height);
  ctx.clip();
  ctx.fillStyle = colors.hatchWash;
  ctx.fillRect(visibleLeft, bbox.top, visibleWidth, bbox.height);
  ctx.strokeStyle = colors.hatch;
  ctx.lineWidth = pixels;
  ctx.beginPath();
  const step = HATCH_STEP * pixels;
  const firstX = left - bbox.height + Math.floor((visibleLeft - left) / step) * step;
  for (let x = firstX; x < visibleLeft + visibleWidth; x += step) {
    ctx.moveTo(x, bbox.top + bbox.height);
    ctx.lineTo(x + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
  if (withNames) nameAt(plot, mark.reason, left + width / 2, 'center', colors);
}

function drawEpoch(
  plot: uPlot,
  { colors, latestX }: ChartBackdrop,
  mark: Mark & { readonly kind: 'epoch' },
  withNames: boolean,
): void {
  const x = plot.valToPos(mark.x - latestX, 'x', true);
  verticalLine(plot, x, colors.accent, [4 * devicePixelRatio, 3 * devicePixelRatio]);
  if (!withNames) return;
  nameAt(plot, `epoch ${mark.epoch}: ${mark.reason}`, x + 5 * devicePixelRatio, 'left', colors, 14);
}

function verticalLine(plot: uPlot, x: number, color: string, dash: number[]): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function nameAt(
  plot: uPlot,
  text: string,
  x: number,
  align: 'center' | 'left',
  colors: ChartColors,
  offset = 0,
): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  ctx.save();
  ctx.font = canvasFont(plot, 11);
  ctx.textAlign = 'left';
  ctx.textBaseline = 'top';
  const width = ctx.measureText(text).width;
  const wanted = align === 'center' ? x - width / 2 : x;
  const left = Math.max(
    bbox.left + 3 * pixels,
    Math.min(wanted, bbox.left + bbox.width - width - 3 * pixels),
  );
  const top = bbox.top + (3 + offset) * pixels;
  ctx.fillStyle = colors.surface;
  ctx.fillRect(left - 3 * pixels, top - pixels, width + 6 * pixels, 14 * pixels);
  ctx.fillStyle = colors.inkFaint;
  ctx.fillText(text, left, top);
  ctx.restore();
}

/** The page's font at `size` CSS pixels, for a canvas in device pixels. */
export function canvasFont(plot: uPlot, size: number, weight = 400): string {
  return `${weight} ${size * devicePixelRatio}px ${getComputedStyle(plot.root).fontFamily}`;
}

import type uPlot from 'uplot';
import { spreadApart } from '../data/label-layout.js';

/** Room right of the traces for the longest name, in CSS pixels. */
export const END_LABEL_WIDTH = 132;

const LINE_HEIGHT = 15;
const OFFSET = 14;

/** A name at the end of a trace. */
export interface EndLabel {
  readonly text: string;
  readonly value: number | null;
  readonly color: string;
}

/** Writes each trace's name beside its value, moved apart where they would collide, with a line to the value. */
export function drawEndLabels(plot: uPlot, labels: readonly EndLabel[], font: string): void {
  const { ctx, bbox } = plot;
  const pixels = devicePixelRatio;
  const shown = labels.filter((label) => label.value !== null);
  const wanted = shown.map((label) => plot.valToPos(label.value ?? 0, 'y', true));
  const room = bbox.height / Math.max(shown.length - 1, 1);
  const spacing = Math.min(LINE_HEIGHT * pixels, room);
  const placed = spreadApart(wanted, spacing, bbox.top, bbox.top + bbox.height);
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = font;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.lineWidth = pixels;
  shown.forEach((label, index) => {
    const from = wanted[index] ?? 0;
    const to = placed[index] ?? 0;
    ctx.strokeStyle = label.color;
    ctx.fillStyle = label.color;
    ctx.beginPath();
    ctx.moveTo(right + 2 * pixels, from);
    ctx.lineTo(right + (OFFSET - 3) * pixels, to);
    ctx.stroke();
    ctx.fillText(label.text, right + OFFSET * pixels, to);
  });
  ctx.restore();
}

/** One line of a plot: a value an epoch, null where there is none. */
export interface PlotLine {
  readonly label: string;
  /** CSS class that gives it its colour. */
  readonly style: string;
  readonly values: readonly (number | null)[];
}

const WIDTH = 640;
const HEIGHT = 270;
const MARGIN = { left: 60, right: 16, top: 12, bottom: 44 };
const MAX_TICKS = 6;

/**
 * A plot of values over epochs 1, 2, … as inline SVG, with axes, a legend below, and a tooltip a point.
 * @param title stands above it, and is read out by screen readers
 */
export function linePlot(title: string, lines: readonly PlotLine[]): string {
  const numEpochs = Math.max(1, ...lines.map(({ values }) => values.length));
  const finite = lines.flatMap(({ values }) => values.filter((value) => value !== null));
  const yTicks = axisTicks(Math.min(...finite), Math.max(...finite));
  const [low, high] = [yTicks[0]!, yTicks.at(-1)!];
  const x = (epoch: number): number =>
    MARGIN.left + ((epoch - 1) / Math.max(1, numEpochs - 1)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (value: number): number =>
    HEIGHT - MARGIN.bottom - ((value - low) / (high - low)) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = yTicks.map(
    (value) =>
      `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${px(y(value))}" y2="${px(y(value))}"/>` +
      `<text x="${MARGIN.left - 8}" y="${px(y(value) + 4)}" text-anchor="end">${tickText(value, high - low)}</text>`,
  );
  const epochs = epochTicks(numEpochs).map(
    (epoch) => `<text x="${px(x(epoch))}" y="${HEIGHT - 24}" text-anchor="middle">${epoch}</text>`,
  );
  const curves = lines.map((line) => curve(line, x, y));
  const legend = lines.map(({ label, style }) => `<span class="key ${style}">${label}</span>`);
  return (
    `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${grid.join('')}${epochs.join('')}` +
    `<text x="${WIDTH / 2}" y="${HEIGHT - 5}" text-anchor="middle">epoch</text>${curves.join('')}</svg>` +
    `<p class="legend">${legend.join(' ')}</p></figure>`
  );
}

function curve(
  { label, style, values }: PlotLine,
  x: (epoch: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  let isDown = false;
  const points: string[] = [];
  for (const [index, value] of values.entries()) {
    if (value !== null) {
      const [cx, cy] = [px(x(index + 1)), px(y(value))];
      path += `${isDown ? 'L' : 'M'}${cx} ${cy}`;
      const tip = `${label}, epoch ${index + 1}: ${Number(value.toPrecision(5))}`;
      points.push(`<circle cx="${cx}" cy="${cy}" r="2.5"><title>${tip}</title></circle>`);
    }
    isDown = value !== null;
  }
  return `<g class="${style}"><path d="${path}"/>${points.join('')}</g>`;
}

/** Round values from at most `min` to at least `max`. */
export function axisTicks(min: number, max: number): number[] {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const span = max - min || Math.abs(max) || 1;
  const raw = span / (MAX_TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= raw) ?? raw;
  const first = Math.floor(min / step);
  const last = Math.max(first + 1, Math.ceil(max / step));
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function epochTicks(numEpochs: number): number[] {
  const step = Math.ceil(numEpochs / 10);
  return Array.from({ length: Math.ceil(numEpochs / step) }, (_, index) => 1 + index * step);
}

function tickText(value: number, span: number): string {
  const digits = Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(span))));
  return String(Number(value.toFixed(digits)));
}

function px(value: number): string {
  return value.toFixed(1);
}

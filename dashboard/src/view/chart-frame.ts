import type { Mark, WindowView } from '../data/score-window.js';
import type { Tower, Traces } from '../data/trace-columns.js';

/** Seconds that the charts show. */
export const WINDOW_SECONDS = 60;

/** One moment of the page, shared by all charts: they never disagree about when "now" is. */
export interface ChartFrame {
  /** Seconds before the newest column, at most 0. */
  readonly xs: readonly number[];
  readonly traces: Traces;
  /** What the film is designed to evoke; null where that is not known, or not to be shown. */
  readonly designed: Traces | null;
  readonly marks: readonly Mark[];
  readonly latestX: number;
  /** Newest column with values; -1 where there is none. */
  readonly newestColumn: number;
  /** Column whose values are shown as numbers: the newest, or the one pointed at; -1 where there is none. */
  readonly shownColumn: number;
  /** Seconds before now of a moment that a person points at, null for now. */
  readonly readoutX: number | null;
}

/** The frame of a window for one tower. */
export function chartFrame(view: WindowView, tower: Tower, readoutX: number | null): ChartFrame {
  const latestX = view.latestX ?? 0;
  const xs = view.xs.map((x) => x - latestX);
  const traces = view.traces[tower];
  const newestColumn = findNewestColumn(traces);
  return {
    xs,
    traces,
    designed: view.designed,
    newestColumn,
    marks: view.marks,
    latestX,
    readoutX,
    shownColumn: readoutX === null ? newestColumn : nearestColumn(xs, readoutX),
  };
}

function findNewestColumn(traces: Traces): number {
  const first = traces[0] ?? [];
  for (let column = first.length - 1; column >= 0; column--) if (first[column] !== null) return column;
  return -1;
}

function nearestColumn(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const before = low - 1;
  return before >= 0 && x - (xs[before] ?? 0) < (xs[low] ?? 0) - x ? before : low < xs.length ? low : -1;
}

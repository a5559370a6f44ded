/** Lower and upper end of a value axis. */
export type Range = readonly [low: number, high: number];

/** Smallest span of an axis: noise of a thousandth must not look like an event. */
const MIN_SPAN = 0.02;

/**
 * The axis for values in `[low, high]`, given the axis drawn before: it grows at once and shrinks only when values
 * use less than half of it, so that it does not breathe with every sample. Ends lie on a coarse grid.
 */
export function calmRange(previous: Range | null, low: number, high: number): Range {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return previous ?? [0, 1];
  if (previous !== null && low >= previous[0] && high <= previous[1]) {
    const used = Math.max(high - low, MIN_SPAN) / (previous[1] - previous[0]);
    if (used >= 0.5) return previous;
  }
  const span = Math.max(high - low, MIN_SPAN);
  const middle = (low + high) / 2;
  const step = niceStep(span * 0.25);
  return [
    snap(Math.floor((middle - span * 0.58) / step), step),
    snap(Math.ceil((middle + span * 0.58) / step), step),
  ];
}

/**
 * The axis for predictions beside their design: all of [0, 1], in which both are meant to lie, and in whole tenths what lies
 * beyond it.
 */
export function sharedRange(low: number, high: number): Range {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  return [Math.min(0, snap(Math.floor(low * 10), 0.1)), Math.max(1, snap(Math.ceil(high * 10), 0.1))];
}

/** Smallest and largest value of several traces, `[Infinity, -Infinity]` where they hold none. */
export function extent(traces: readonly (readonly (number | null)[])[]): Range {
  let low = Infinity;
  let high = -Infinity;
  for (const trace of traces) {
    for (const value of trace) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

/** 1, 2 or 5 times a power of ten, not above `size`. */
function niceStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const lead = size / power;
  return (lead >= 5 ? 5 : lead >= 2 ? 2 : 1) * power;
}

function snap(count: number, step: number): number {
  return Number((count * step).toPrecision(12));
}

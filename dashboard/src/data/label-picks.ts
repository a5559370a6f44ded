/** How a picked trace is told apart: `slot` modulo the colours, then by dash. */
export interface TraceStyle {
  readonly colorIndex: number;
  readonly dashIndex: number;
}

/** Number of colours that stay apart for colour-blind eyes, in light and in dark. */
export const NUM_COLORS = 5;

/**
 * Which labels are emphasised. Each keeps its style for as long as it is picked, and 15 picks have 15 styles
 * (5 colours, 3 dashes).
 */
export class LabelPicks {
  readonly #slots = new Map<number, number>();

  constructor(initial: readonly number[]) {
    for (const label of initial) this.#pick(label);
  }

  /** Picked labels in the order of the label list. */
  get labels(): readonly number[] {
    return [...this.#slots.keys()].sort((a, b) => a - b);
  }

  styleOf(label: number): TraceStyle | null {
    const slot = this.#slots.get(label);
    if (slot === undefined) return null;
    return { colorIndex: slot % NUM_COLORS, dashIndex: Math.floor(slot / NUM_COLORS) };
  }

  toggle(label: number): void {
    if (!this.#slots.delete(label)) this.#pick(label);
  }

  set(labels: readonly number[]): void {
    for (const [label, slot] of [...this.#slots]) {
      // A style beyond what so few picks need goes, too: dashes are for when colours run out.
      if (!labels.includes(label) || slot >= labels.length) this.#slots.delete(label);
    }
    for (const label of labels) if (!this.#slots.has(label)) this.#pick(label);
  }

  #pick(label: number): void {
    const used = new Set(this.#slots.values());
    let slot = 0;
    while (used.has(slot)) slot++;
    this.#slots.set(label, slot);
  }
}

/** The `count` labels whose traces moved most: by standard deviation over what is given. */
export function mostMoving(traces: readonly (readonly (number | null)[])[], count: number): number[] {
  return traces
    .map((trace, label) => ({ label, spread: variance(trace) }))
    .sort((a, b) => b.spread - a.spread)
    .slice(0, count)
    .map(({ label }) => label);
}

function variance(trace: readonly (number | null)[]): number {
  const values = trace.filter((value) => value !== null);
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(values.length, 1);
}

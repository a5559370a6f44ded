import { NUM_LABELS } from '../../../src/core/labels.js';

/** Which predictor a trace shows. */
export const TOWERS = ['ensemble', 'visual', 'audio'] as const;
export type Tower = (typeof TOWERS)[number];

/** Traces of 15 labels; `null` breaks the line. */
export type Traces = readonly (readonly (number | null)[])[];

/** Values of one moment, by label; null where there are none. */
export type Values = readonly number[] | null;

/** What one moment brings: of every tower, and what the source is designed to evoke. */
export type Moment = Readonly<Record<Tower | 'designed', Values>>;

/** A moment without values. */
export const NOTHING: Moment = { ensemble: null, visual: null, audio: null, designed: null };

const KINDS = [...TOWERS, 'designed'] as const;

/** Values in columns, oldest first; `xs` only grows. */
export class TraceColumns {
  readonly xs: number[] = [];
  readonly #traces: Record<Tower | 'designed', (number | null)[][]>;

  constructor() {
    const empty = () => Array.from({ length: NUM_LABELS }, (): (number | null)[] => []);
    this.#traces = { ensemble: empty(), visual: empty(), audio: empty(), designed: empty() };
  }

  get traces(): Readonly<Record<Tower, Traces>> {
    return this.#traces;
  }

  /** Null where no column has a design. */
  get designed(): Traces | null {
    const { designed } = this.#traces;
    return designed[0]?.some((value) => value !== null) ? designed : null;
  }

  append(x: number, moment: Moment): void {
    this.xs.push(x);
    for (const kind of KINDS) {
      this.#traces[kind].forEach((values, label) => values.push(moment[kind]?.[label] ?? null));
    }
  }

  dropBefore(oldestX: number): void {
    const found = this.xs.findIndex((x) => x >= oldestX);
    const numStale = found < 0 ? this.xs.length : found;
    this.xs.splice(0, numStale);
    for (const kind of KINDS) for (const values of this.#traces[kind]) values.splice(0, numStale);
  }
}

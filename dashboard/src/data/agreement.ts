import { NUM_LABELS } from '../../../src/core/labels.js';
import { SEGMENT_RATE } from '../../../src/core/time-grid.js';
import { RunningCorrelation } from './running-correlation.js';
import { type Moment, TOWERS, type Tower, type Traces } from './trace-columns.js';

/** Below this many moments (10 s) a correlation is chance. */
export const MIN_MOMENTS = 10 * SEGMENT_RATE;

/**
 * M_rho of each tower: the mean over the expressions of the correlation between what was predicted and what the film is designed
 * to evoke. Null where none is defined, or too little was seen.
 */
export type Agreement = Readonly<Record<Tower, number | null>>;

/** How far the predictions follow the design of a film that has one. */
export interface ShownAgreement {
  readonly lastMinute: Agreement;
  readonly sinceStart: Agreement;
  /** How long the page has seen designed values, in seconds. */
  readonly seenSeconds: number;
}

/** How far predictions follow the design, over everything that is pushed. Bounded. */
export class RunningAgreement {
  readonly #correlations: Readonly<Record<Tower, readonly RunningCorrelation[]>>;
  #numMoments = 0;

  constructor() {
    const fresh = () => Array.from({ length: NUM_LABELS }, () => new RunningCorrelation());
    this.#correlations = { ensemble: fresh(), visual: fresh(), audio: fresh() };
  }

  /** Moments that had a design. */
  get numMoments(): number {
    return this.#numMoments;
  }

  get value(): Agreement {
    const of = (tower: Tower) => meanOverLabels(this.#correlations[tower]);
    return { ensemble: of('ensemble'), visual: of('visual'), audio: of('audio') };
  }

  /** Moments without a design do not count, and a tower without values does not in this one. */
  push(moment: Moment): void {
    const { designed } = moment;
    if (designed === null) return;
    this.#numMoments += 1;
    for (const tower of TOWERS) {
      const predicted = moment[tower];
      if (predicted === null) continue;
      this.#correlations[tower].forEach((each, label) =>
        each.push(predicted[label] ?? 0, designed[label] ?? 0),
      );
    }
  }
}

/** The same over columns that are held already; those before `fromX` do not count. */
export function agreementOf(
  xs: readonly number[],
  traces: Readonly<Record<Tower, Traces>>,
  designed: Traces,
  fromX: number,
): Agreement {
  const of = (tower: Tower): number | null =>
    meanOverLabels(
      traces[tower].map((trace, label) => {
        const correlation = new RunningCorrelation();
        trace.forEach((predicted, column) => {
          const wanted = designed[label]?.[column] ?? null;
          if (predicted === null || wanted === null || (xs[column] ?? -Infinity) < fromX) return;
          correlation.push(predicted, wanted);
        });
        return correlation;
      }),
    );
  return { ensemble: of('ensemble'), visual: of('visual'), audio: of('audio') };
}

function meanOverLabels(correlations: readonly RunningCorrelation[]): number | null {
  const defined = correlations
    .filter(({ count }) => count >= MIN_MOMENTS)
    .map(({ value }) => value)
    .filter((value) => value !== null);
  if (defined.length === 0) return null;
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

import type { EnsembleShares } from '../../model/index.js';
import type { TrainingOptions } from '../run/index.js';

/** A row of the paper's table that is one tower. */
export interface TowerRow {
  /** Name of its folder. */
  readonly key: string;
  readonly title: string;
  readonly options: Pick<TrainingOptions, 'modality' | 'position' | 'dropout'>;
  /** M_rho on EEV's private test set. */
  readonly published: number;
}

/**
 * Table 1 of "Temporal Convolution Networks with Positional Encoding for Evoked Expression Estimation" (Huynh, Lee, Yang and
 * Kim 2021), in its order. The published figures are of EEV's private test set, which nobody else can compute on.
 */
export const PAPER_TABLE: readonly TowerRow[] = [
  row('visual', true, 0.3, 0.03713),
  row('audio', true, 0.3, 0.04919),
  row('audio', false, 0.3, -0.00655),
  row('audio', true, 0.2, 0.05477),
  row('audio', true, 0, 0.04371),
];

/** The last row: eq. 5 over two towers of the rows above. */
export const PAPER_ENSEMBLE = {
  title: 'ensemble, 0.8 visual + 0.2 audio (rows 1 and 2)',
  visual: 'visual-position-dropout-0.3',
  audio: 'audio-position-dropout-0.3',
  shares: { visual: 0.8, audio: 0.2 } satisfies EnsembleShares,
  published: 0.05315,
} as const;

/** What is to be said beside the published column. */
export const PUBLISHED_NOTE =
  'published: M_rho on the private test set of EEV, trained on EEV; only the order of rows can be compared with other data';

function row(
  modality: TrainingOptions['modality'],
  position: boolean,
  dropout: number,
  published: number,
): TowerRow {
  const place = position ? 'position' : 'no position';
  const key = `${modality}-${place.replace(' ', '-')}-dropout-${dropout.toFixed(1)}`;
  const title = `${modality}, ${place}, dropout ${dropout.toFixed(1)}`;
  return { key, title, options: { modality, position, dropout }, published };
}

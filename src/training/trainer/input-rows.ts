import { NUM_LABELS } from '../../core/labels.js';
import { EvokedError } from '../../core/errors.js';
import type { TrainingSequence } from '../sequence.js';
import type { InputStatistics } from './input-statistics.js';

/** How a sequence becomes rows of a tower's input. */
export interface InputFormat {
  readonly embeddingDim: number;
  readonly position: boolean;
  /** Rows are (x − mean) / std where given. */
  readonly statistics: InputStatistics | null;
  /** Rows of padding before the first step. */
  readonly span: number;
}

/**
 * `[span + numKept, numInputs]`: what zeros before the first step become, then the kept steps, each an embedding and, with
 * `position`, its timestamp in seconds.
 * @param kept indices of steps; null for all
 */
export function inputRows(
  sequence: TrainingSequence,
  format: InputFormat,
  kept: readonly number[] | null,
): Float32Array {
  const { embeddingDim, position, statistics, span } = format;
  const numInputs = embeddingDim + (position ? 1 : 0);
  const numKept = kept?.length ?? sequence.numSteps;
  const rows = new Float32Array((span + numKept) * numInputs);
  for (let row = 0; row < numKept; row++) {
    const step = kept === null ? row : kept[row]!;
    const start = (span + row) * numInputs;
    rows.set(sequence.embeddings.subarray(step * embeddingDim, (step + 1) * embeddingDim), start);
    if (position) rows[start + embeddingDim] = sequence.seconds[step]!;
  }
  if (statistics !== null) standardise(rows, numInputs, statistics);
  return rows;
}

function standardise(rows: Float32Array, numInputs: number, { mean, std }: InputStatistics): void {
  for (let i = 0; i < rows.length;) {
    for (let column = 0; column < numInputs; column++, i++)
      rows[i] = (rows[i]! - mean[column]!) / std[column]!;
  }
}

/** `[numKept, 15]`, labels times `scale`. */
export function labelRows(
  { labels }: TrainingSequence,
  scale: number,
  kept: readonly number[] | null,
): Float32Array {
  if (kept === null) return labels.map((value) => value * scale);
  const rows = new Float32Array(kept.length * NUM_LABELS);
  for (const [row, step] of kept.entries()) {
    for (let label = 0; label < NUM_LABELS; label++) {
      rows[row * NUM_LABELS + label] = labels[step * NUM_LABELS + label]! * scale;
    }
  }
  return rows;
}

/**
 * That a sequence is of this width and its arrays of one length.
 * @throws {EvokedError} ERR_MODEL_INPUT
 */
export function checkSequence(sequence: TrainingSequence, { embeddingDim }: InputFormat): void {
  const { id, numSteps, embeddings, seconds, labels } = sequence;
  const expected = numSteps * embeddingDim;
  if (numSteps < 1) fail(`video "${id}" has no steps`, `${numSteps}`, 'at least 1');
  if (embeddings.length !== expected)
    fail(`embeddings of video "${id}"`, `${embeddings.length} values`, `${expected}`);
  if (seconds.length !== numSteps) fail(`timestamps of video "${id}"`, `${seconds.length}`, `${numSteps}`);
  if (labels.length !== numSteps * NUM_LABELS) {
    fail(`labels of video "${id}"`, `${labels.length} values`, `${numSteps * NUM_LABELS}`);
  }
}

function fail(what: string, got: string, expected: string): never {
  throw new EvokedError('ERR_MODEL_INPUT', { what, got, expected });
}

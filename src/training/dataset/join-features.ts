import { NUM_LABELS } from '../../core/labels.js';
import type { Modality } from '../../core/media.js';
import { segmentSeconds } from '../../core/time-grid.js';
import type { Tensor } from '../../model/weights/tensor.js';
import type { TrainingSequence } from '../sequence.js';
import { annotatedSegment, segmentAtSeconds } from './segment-grid.js';
import type { VideoRows } from './video-rows.js';

/** The tensors of a feature file that one modality needs. */
export interface FeatureTensors {
  readonly modality: Modality;
  /** `[T, dim]` F32. */
  readonly embeddings: Tensor | undefined;
  /** `[T]` F64, ascending. */
  readonly seconds: Tensor | undefined;
}

/**
 * The segments that have both annotation and features, as a sequence; or one line that says why there is none.
 * Rows with annotation or features alone are left out, which `seconds` shows as a hole.
 */
export function joinFeatures(annotations: VideoRows, features: FeatureTensors): TrainingSequence | string {
  const checked = checkTensors(features);
  if (typeof checked === 'string') return checked;
  const { embeddings, seconds, dim } = checked;
  const rowOfSegment = new Map<number, number>();
  for (const [row, value] of seconds.entries()) {
    const segment = segmentAtSeconds(value);
    if (segment === null) return `row ${row} begins at ${value} s, which is no multiple of 1/6 s`;
    if (rowOfSegment.has(segment)) return `two rows of features begin at ${value} s`;
    rowOfSegment.set(segment, row);
  }
  const pairs = Array.from(annotations.timesUs, (timeUs, index) => {
    const segment = annotatedSegment(timeUs);
    return { index, segment, row: rowOfSegment.get(segment) };
  }).filter((pair): pair is typeof pair & { row: number } => pair.row !== undefined);
  if (pairs.length === 0) return 'no segment has both annotation and features';

  const joined = {
    embeddings: new Float32Array(pairs.length * dim),
    seconds: Float64Array.from(pairs, ({ segment }) => segmentSeconds(segment)),
    labels: new Float32Array(pairs.length * NUM_LABELS),
  };
  for (const [step, { index, row }] of pairs.entries()) {
    const embedding = embeddings.subarray(row * dim, (row + 1) * dim);
    if (!embedding.every(Number.isFinite))
      return `${features.modality} features of row ${row} are not all numbers`;
    joined.embeddings.set(embedding, step * dim);
    joined.labels.set(
      annotations.values.subarray(index * NUM_LABELS, (index + 1) * NUM_LABELS),
      step * NUM_LABELS,
    );
  }
  return { id: annotations.id, modality: features.modality, numSteps: pairs.length, ...joined };
}

function checkTensors({ modality, embeddings, seconds }: FeatureTensors) {
  if (embeddings === undefined) return `its feature file has no ${modality} features`;
  const [numRows, dim] = embeddings.shape;
  const isMatrix = embeddings.dtype === 'F32' && embeddings.shape.length === 2;
  if (!isMatrix || numRows === undefined || dim === undefined) {
    return `${modality} is ${embeddings.dtype} [${embeddings.shape.join(', ')}], not F32 [T, dim]`;
  }
  if (seconds?.dtype !== 'F64' || seconds.shape.length !== 1 || seconds.shape[0] !== numRows) {
    const got = seconds === undefined ? 'missing' : `${seconds.dtype} [${seconds.shape.join(', ')}]`;
    return `seconds is ${got}, not F64 [${numRows}]`;
  }
  return { embeddings: embeddings.data, seconds: seconds.data, dim };
}

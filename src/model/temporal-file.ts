import { EvokedError } from '../core/errors.js';
import type { Modality } from '../core/media.js';
import { publishedLabelScale } from './checkpoint/label-scale.js';
import { readWeightFile, type WeightFile } from './checkpoint/weight-file.js';
import { Tower } from './tower/tower.js';
import { towerWeights } from './tower/weights.js';
import { readSafetensors } from './weights/safetensors.js';
import { writeSafetensors } from './weights/safetensors-writer.js';
import { float32Tensor, tensorFloats, type TensorMap } from './weights/tensor.js';

/** How a feature file is scored. */
export interface FeatureScoring {
  /** Tower weights with the authors' names: safetensors, or one of their checkpoints. */
  readonly head: string;
  /** `visual` `[T, dim]` or `audio` `[T, dim]`, and `seconds` `[T]` float64, in order of time. */
  readonly features: string;
  readonly modality: Modality;
  /** Row by row, as a live stream is; or whole passes over the file. The scores are the same. */
  readonly mode: 'streaming' | 'offline';
  /** Leaves the scale in. */
  readonly raw: boolean;
  /**
   * What the scores are divided by where the weights' metadata have no `scale`. By default 10 for a checkpoint of the
   * authors' later code, which trained on labels x 10, and 1 for everything else.
   */
  readonly scale?: number;
  /** Score file to write: `scores` `[T, labels]` float32 and `seconds` `[T]` float64. */
  readonly out: string;
  readonly onProgress?: (rowsDone: number, numRows: number) => void;
}

/** What was written. */
export interface FeatureScores {
  readonly numRows: number;
  readonly numLabels: number;
  /** What the scores were divided by; 1 where the scale was left in. */
  readonly scale: number;
}

/** Rows of one offline pass: about 300 MB of scratch space at the paper's size. */
const OFFLINE_ROWS = 4096;

/**
 * Runs one tower over a feature file, the first row with nothing before it.
 * @throws {EvokedError} ERR_FILE_FORMAT, ERR_MODEL_WEIGHTS, ERR_FILE_WRITE
 */
export async function scoreFeatureFile(options: FeatureScoring): Promise<FeatureScores> {
  const head = await readWeightFile(options.head);
  const { rows, dim, seconds } = await readFeatures(options.features, options.modality);
  const scale = options.raw ? 1 : headScale(head, options);
  const weights = towerWeights(head.tensors);
  const { numInputs, numLabels } = weights.spec;
  if (numInputs !== dim && numInputs !== dim + 1) {
    const expected = `${dim}, or ${dim + 1} with the timestamp`;
    const what = `${options.head} does not fit the features`;
    throw new EvokedError('ERR_MODEL_WEIGHTS', { what, got: `${numInputs} inputs`, expected });
  }
  const tower = await Tower.create(weights);
  try {
    const x = numInputs === dim ? rows : withPosition(rows, dim, seconds);
    const scores = await scoreRows(tower, x, options);
    for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! / scale;
    const numRows = seconds.length;
    const tensors: TensorMap = new Map([
      ['scores', float32Tensor([numRows, numLabels], scores)],
      ['seconds', { dtype: 'F64', shape: [numRows], data: seconds }],
    ]);
    await writeSafetensors(options.out, tensors);
    return { numRows, numLabels, scale };
  } finally {
    await tower.release();
  }
}

async function scoreRows(
  tower: Tower,
  x: Float32Array,
  { mode, onProgress }: FeatureScoring,
): Promise<Float32Array> {
  const { numInputs, numLabels } = tower.spec;
  const numRows = x.length / numInputs;
  const rowsAtOnce = mode === 'offline' ? OFFLINE_ROWS : 1;
  const state = tower.createState();
  const scores = new Float32Array(numRows * numLabels);
  for (let row = 0; row < numRows; row += rowsAtOnce) {
    const end = Math.min(row + rowsAtOnce, numRows);
    const part = x.subarray(row * numInputs, end * numInputs);
    scores.set(await tower.steps(state, part, rowsAtOnce), row * numLabels);
    onProgress?.(end, numRows);
  }
  return scores;
}

function headScale({ format, metadata, tensors }: WeightFile, { head, scale }: FeatureScoring): number {
  const stated = metadata.get('scale');
  const published = format === 'safetensors' ? undefined : publishedLabelScale(tensors);
  const value = stated === undefined ? (scale ?? published ?? 1) : Number(stated);
  if (Number.isFinite(value) && value > 0) return value;
  const what = `scale of ${head} is no number above 0`;
  throw new EvokedError('ERR_FILE_FORMAT', { what, got: stated ?? `${value}` });
}

async function readFeatures(
  path: string,
  modality: Modality,
): Promise<{ rows: Float32Array; dim: number; seconds: Float64Array<ArrayBuffer> }> {
  const wrong = (got: string, expected: string, cause?: unknown): EvokedError =>
    new EvokedError('ERR_FILE_FORMAT', { what: `${path} is no feature file`, got, expected, cause });
  let tensors: TensorMap;
  try {
    ({ tensors } = await readSafetensors(path));
  } catch (cause) {
    throw wrong(cause instanceof Error ? cause.message : 'an error', 'a .safetensors file', cause);
  }
  const features = tensors.get(modality);
  const [numRows, dim] = features?.shape ?? [];
  if (features === undefined || numRows === undefined || dim === undefined || features.shape.length !== 2) {
    throw wrong(`${[...tensors.keys()].join(', ') || 'nothing'}`, `${modality} [T, dim] and seconds [T]`);
  }
  const seconds = tensors.get('seconds');
  if (seconds?.dtype !== 'F64' || seconds.shape.length !== 1 || seconds.shape[0] !== numRows) {
    const got = seconds === undefined ? 'none' : `${seconds.dtype} [${seconds.shape.join(', ')}]`;
    throw wrong(`seconds: ${got}`, `seconds: F64 [${numRows}]`);
  }
  const isOrdered = seconds.data.every((value, row) => row === 0 || value >= seconds.data[row - 1]!);
  if (!isOrdered) throw wrong('seconds that go backwards', 'rows in order of time');
  return { rows: tensorFloats(modality, features), dim, seconds: Float64Array.from(seconds.data) };
}

/** Appends the timestamp in seconds to each row: `[T, dim]` and `[T]` become `[T, dim + 1]`. */
export function withPosition(rows: Float32Array, dim: number, seconds: Float64Array): Float32Array {
  const x = new Float32Array(seconds.length * (dim + 1));
  for (const [row, value] of seconds.entries()) {
    x.set(rows.subarray(row * dim, (row + 1) * dim), row * (dim + 1));
    x[row * (dim + 1) + dim] = value;
  }
  return x;
}

import { EvokedError } from '../core/errors.js';
import type { Modality } from '../core/media.js';
import { withSafetensors } from './weights/safetensors-index.js';
import { type Tensor, tensorFloats } from './weights/tensor.js';

/** What a feature file holds for one tower, in order of time. */
export interface FeatureRows {
  /** `[T, dim]`. */
  readonly rows: Float32Array;
  readonly dim: number;
  /** `[T]`, start of each segment. */
  readonly seconds: Float64Array<ArrayBuffer>;
  /** Digest of the extractor, null where the file states none. */
  readonly extractorDigest: string | null;
}

/** Key of a feature file's metadata under which the digest of a modality's extractor stands. */
export function extractorKey(modality: Modality): string {
  return `${modality}Extractor`;
}

/**
 * Reads one modality of a feature file.
 * @throws {EvokedError} ERR_FILE_FORMAT
 */
export async function readFeatureRows(path: string, modality: Modality): Promise<FeatureRows> {
  const wrong = (got: string, expected: string, cause?: unknown): EvokedError =>
    new EvokedError('ERR_FILE_FORMAT', { what: `${path} is no feature file`, got, expected, cause });
  const { features, seconds, names, extractorDigest } = await withSafetensors(path, async (file) => ({
    features: await file.read(modality),
    seconds: await file.read('seconds'),
    names: [...file.shapes.keys()],
    extractorDigest: file.metadata.get(extractorKey(modality)) ?? null,
  })).catch((cause: unknown) => {
    throw wrong(cause instanceof Error ? cause.message : 'an error', 'a .safetensors file', cause);
  });
  const [numRows, dim] = features?.shape ?? [];
  if (features === undefined || numRows === undefined || dim === undefined || features.shape.length !== 2) {
    throw wrong(names.join(', ') || 'nothing', `${modality} [T, dim] and seconds [T]`);
  }
  const times = ascendingSeconds(seconds, numRows, wrong);
  return { rows: tensorFloats(modality, features), dim, seconds: times, extractorDigest };
}

function ascendingSeconds(
  seconds: Tensor | undefined,
  numRows: number,
  wrong: (got: string, expected: string) => EvokedError,
): Float64Array<ArrayBuffer> {
  if (seconds?.dtype !== 'F64' || seconds.shape.length !== 1 || seconds.shape[0] !== numRows) {
    const got = seconds === undefined ? 'none' : `${seconds.dtype} [${seconds.shape.join(', ')}]`;
    throw wrong(`seconds: ${got}`, `seconds: F64 [${numRows}]`);
  }
  const isOrdered = seconds.data.every((value, row) => row === 0 || value >= seconds.data[row - 1]!);
  if (!isOrdered) throw wrong('seconds that go backwards', 'rows in order of time');
  return Float64Array.from(seconds.data);
}

/** The rows whose start `keep` lets pass; the tower then does not step at the others, as in training. */
export function keepRows(features: FeatureRows, keep: (seconds: number) => boolean): FeatureRows {
  const { dim } = features;
  const kept = Array.from(features.seconds.keys()).filter((row) => keep(features.seconds[row]!));
  const rows = new Float32Array(kept.length * dim);
  for (const [index, row] of kept.entries()) {
    rows.set(features.rows.subarray(row * dim, (row + 1) * dim), index * dim);
  }
  return { ...features, rows, seconds: Float64Array.from(kept, (row) => features.seconds[row]!) };
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

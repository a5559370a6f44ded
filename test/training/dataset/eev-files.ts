import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LABELS } from '../../../src/core/labels.js';
import { writeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { float32Tensor, type Tensor } from '../../../src/model/weights/tensor.js';

/** EEV's header. */
export const HEADER = `YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}`;

/** A row of EEV's files; by default all 15 values are 0.5. */
export function eevRow(
  id: string,
  timeUs: number | string,
  values: readonly (number | string)[] = [],
): string {
  return [id, timeUs, ...LABELS.map((_, label) => values[label] ?? 0.5)].join(',');
}

/** Writes a file of these lines after EEV's header. */
export async function writeEev(folder: string, name: string, rows: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${[HEADER, ...rows].join('\n')}\n`);
  return path;
}

/** What a feature file holds, besides a row of `[row, row + 0.25]` for each of `seconds`. */
export interface FeatureFileParts {
  readonly seconds: readonly number[];
  readonly modalities?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Replaces the value of each row's first feature. */
  readonly first?: (row: number) => number;
}

/** Writes `<folder>/<id>.safetensors` with 2 features a row. */
export async function writeFeatures(folder: string, id: string, parts: FeatureFileParts): Promise<string> {
  const { seconds, modalities = ['visual', 'audio'], metadata = {}, first = (row: number) => row } = parts;
  const tensors = new Map<string, Tensor>();
  for (const modality of modalities) {
    const data = Float32Array.from(seconds.flatMap((_, row) => [first(row), row + 0.25]));
    tensors.set(modality, float32Tensor([seconds.length, 2], data));
  }
  tensors.set('seconds', { dtype: 'F64', shape: [seconds.length], data: Float64Array.from(seconds) });
  const path = join(folder, `${id}.safetensors`);
  await writeSafetensors(path, tensors, new Map(Object.entries(metadata)));
  return path;
}

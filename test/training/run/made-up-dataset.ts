import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LABELS, NUM_LABELS } from '../../../src/core/labels.js';
import type { Modality } from '../../../src/core/media.js';
import { segmentSeconds, segmentStartUs } from '../../../src/core/time-grid.js';
import { writeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { seededUniform } from '../../../src/model/weights/seeded.js';
import { float32Tensor, type Tensor } from '../../../src/model/weights/tensor.js';
import { eevRow, writeEev } from '../dataset/eev-files.js';

/** A small world: 15 slow curves, which features show through a seeded mix with noise. */
export interface MadeUpDataset {
  readonly folder: string;
  readonly seed: string;
  readonly numVideos: number;
  /** Rows of the longest video; each next one is a little shorter. */
  readonly numRows: number;
  /** Width of each modality's features; a modality left out is in no file. */
  readonly dims: Partial<Record<Modality, number>>;
  readonly extractor?: string;
}

/** Where it was written. */
export interface MadeUpFiles {
  readonly labels: string;
  readonly features: string;
}

/** Writes `<folder>/<seed>.csv` and `<folder>/<seed>/<id>.safetensors`. Every seventh row has no annotation. */
export async function writeMadeUpDataset(dataset: MadeUpDataset): Promise<MadeUpFiles> {
  const { folder, seed, numVideos, numRows, dims, extractor = 'ab'.repeat(32) } = dataset;
  const features = join(folder, seed);
  await mkdir(features, { recursive: true });
  const rows: string[] = [];
  for (let video = 0; video < numVideos; video++) {
    const id = `${seed}-${video}`;
    const length = numRows - (video % 5);
    const curves = curvesOf(seed, id, length);
    for (let row = 0; row < length; row++) {
      const values = LABELS.map((_, label) =>
        row % 7 === 6 ? 0 : curves[row * NUM_LABELS + label]!.toFixed(4),
      );
      rows.push(eevRow(id, segmentStartUs(row), values));
    }
    const tensors = new Map<string, Tensor>();
    for (const [modality, dim] of Object.entries(dims)) {
      tensors.set(modality, float32Tensor([length, dim], mix(modality, id, curves, dim)));
    }
    const seconds = Float64Array.from({ length }, (_, row) => segmentSeconds(row));
    tensors.set('seconds', { dtype: 'F64', shape: [length], data: seconds });
    const metadata = new Map(Object.keys(dims).map((modality) => [`${modality}Extractor`, extractor]));
    await writeSafetensors(join(features, `${id}.safetensors`), tensors, metadata);
  }
  return { labels: await writeEev(folder, `${seed}.csv`, rows), features };
}

/** `[length, 15]` in [0.05, 0.95]: a sine a label, of a period and phase of its own. */
function curvesOf(seed: string, id: string, length: number): Float32Array {
  const uniform = seededUniform(seed, id);
  const waves = LABELS.map(() => ({ period: 20 + 15 * (uniform() + 1), phase: Math.PI * uniform() }));
  return Float32Array.from({ length: length * NUM_LABELS }, (_, index) => {
    const { period, phase } = waves[index % NUM_LABELS]!;
    const row = Math.floor(index / NUM_LABELS);
    return 0.5 + 0.45 * Math.sin((2 * Math.PI * row) / period + phase);
  });
}

/** `[length, dim]`: the same mix of the curves in every video, and a little noise. */
function mix(modality: string, id: string, curves: Float32Array, dim: number): Float32Array {
  const noise = seededUniform(modality, id);
  const weight = seededUniform('mix', modality);
  const weights = Float32Array.from({ length: dim * NUM_LABELS }, weight);
  return Float32Array.from({ length: (curves.length / NUM_LABELS) * dim }, (_, index) => {
    const [row, column] = [Math.floor(index / dim), index % dim];
    let sum = 0.2 * noise();
    for (let label = 0; label < NUM_LABELS; label++) {
      sum += weights[column * NUM_LABELS + label]! * (curves[row * NUM_LABELS + label]! - 0.5);
    }
    return sum;
  });
}

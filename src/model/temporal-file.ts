import type { Modality } from '../core/media.js';
import { replaceWhole } from '../core/partial-file.js';
import { keepRows, readFeatureRows } from './feature-rows.js';
import { type HeadOptions, type HeadRun, TemporalHead } from './temporal-head.js';
import { writeSafetensors } from './weights/safetensors-writer.js';
import { float32Tensor, type TensorMap } from './weights/tensor.js';

/** How a feature file is scored. */
export interface FeatureScoring extends HeadOptions, HeadRun {
  /** `visual` `[T, dim]` or `audio` `[T, dim]`, and `seconds` `[T]` float64, in order of time. */
  readonly features: string;
  readonly modality: Modality;
  /** Which rows are stepped, by the start of their segment; all by default. */
  readonly keep?: (seconds: number) => boolean;
  /** Score file to write, whole or not at all: `scores` `[T, labels]` float32 and `seconds` `[T]` float64. */
  readonly out: string;
}

/** What was written. */
export interface FeatureScores {
  readonly numRows: number;
  readonly numLabels: number;
  /** What the scores were divided by; 1 where the scale was left in. */
  readonly scale: number;
}

/**
 * Runs one tower over a feature file, the first row with nothing before it.
 * @throws {EvokedError} ERR_FILE_FORMAT, ERR_MODEL_WEIGHTS, ERR_FILE_WRITE
 */
export async function scoreFeatureFile(options: FeatureScoring): Promise<FeatureScores> {
  const all = await readFeatureRows(options.features, options.modality);
  const features = options.keep === undefined ? all : keepRows(all, options.keep);
  const head = await TemporalHead.open(options);
  try {
    const scores = await head.score(features, options);
    const numRows = features.seconds.length;
    const { numLabels, scale } = head;
    const tensors: TensorMap = new Map([
      ['scores', float32Tensor([numRows, numLabels], scores)],
      ['seconds', { dtype: 'F64', shape: [numRows], data: features.seconds }],
    ]);
    await replaceWhole(options.out, (partial) => writeSafetensors(partial, tensors));
    return { numRows, numLabels, scale };
  } finally {
    await head.release();
  }
}

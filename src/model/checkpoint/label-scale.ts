import { EvokedError } from '../../core/errors.js';
import type { TensorMap } from '../weights/tensor.js';
import type { WeightFile } from './weight-file.js';

/** The authors' later code (`temporal_audio.…`) trains on labels x 10, their first version (`_temporal.…`) on labels. */
const LATER_NAME = /^temporal_[^.]+\./;
const FIRST_NAME = /^_temporal\./;
const LATER_SCALE = 10;

/** What a tower's scores are divided by. */
export interface LabelScale {
  readonly scale: number;
  /** Whether nobody said so: it goes by the kind of file. */
  readonly isAssumed: boolean;
}

/**
 * What the labels of a tower file were multiplied by in training: the `scale` of its metadata; else what was `given`; else 10
 * for a checkpoint with the names of the authors' later code, which does not say; else 1.
 * @param name of the file, for the error
 * @throws {EvokedError} ERR_FILE_FORMAT where the metadata's scale is no number above 0
 */
export function labelScale(
  name: string,
  { format, tensors, metadata }: WeightFile,
  given: number | undefined,
): LabelScale {
  const stated = metadata.get('scale');
  const published = format === 'safetensors' ? undefined : publishedLabelScale(tensors);
  const scale = stated === undefined ? (given ?? published ?? 1) : Number(stated);
  if (Number.isFinite(scale) && scale > 0) {
    return { scale, isAssumed: stated === undefined && given === undefined };
  }
  const what = `scale of ${name} is no number above 0`;
  throw new EvokedError('ERR_FILE_FORMAT', { what, got: stated ?? `${scale}` });
}

/**
 * What the labels of a checkpoint of the authors' were multiplied by in training, which the checkpoint itself does not
 * say: its scores are divided by it. Undefined where the names are not theirs.
 */
export function publishedLabelScale(tensors: TensorMap): number | undefined {
  const names = [...tensors.keys()];
  if (names.some((name) => LATER_NAME.test(name))) return LATER_SCALE;
  return names.some((name) => FIRST_NAME.test(name)) ? 1 : undefined;
}

import type { TensorMap } from '../weights/tensor.js';

/** The authors' later code (`temporal_audio.…`) trains on labels x 10, their first version (`_temporal.…`) on labels. */
const LATER_NAME = /^temporal_[^.]+\./;
const FIRST_NAME = /^_temporal\./;
const LATER_SCALE = 10;

/**
 * What the labels of a checkpoint of the authors' were multiplied by in training, which the checkpoint itself does not
 * say: its scores are divided by it. Undefined where the names are not theirs.
 */
export function publishedLabelScale(tensors: TensorMap): number | undefined {
  const names = [...tensors.keys()];
  if (names.some((name) => LATER_NAME.test(name))) return LATER_SCALE;
  return names.some((name) => FIRST_NAME.test(name)) ? 1 : undefined;
}

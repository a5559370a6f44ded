import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import { readSafetensors } from '../../model/weights/safetensors.js';
import type { Tensor, TensorMap } from '../../model/weights/tensor.js';
import type { InputStatistics } from '../trainer/index.js';
import { type EpochRow, epochRowSchema } from './epoch-row.js';
import { replaceSafetensors } from './replace-file.js';

/** All that it takes to go on after an epoch. */
export interface Checkpoint {
  /** Complete epochs, in order. */
  readonly rows: readonly EpochRow[];
  /** Of the trainer. */
  readonly snapshot: TensorMap;
  /** What the trainer was made with; null where inputs are not standardised. */
  readonly statistics: InputStatistics | null;
}

const MEAN = 'run.input.mean';
const STD = 'run.input.std';

/**
 * Writes a checkpoint in one step.
 * @throws {EvokedError} ERR_FILE_WRITE
 */
export function writeCheckpoint(path: string, { rows, snapshot, statistics }: Checkpoint): Promise<void> {
  const tensors = new Map(snapshot);
  if (statistics !== null) {
    for (const [name, data] of [[MEAN, statistics.mean] as const, [STD, statistics.std] as const]) {
      tensors.set(name, { dtype: 'F64', shape: [data.length], data });
    }
  }
  return replaceSafetensors(path, tensors, new Map([['rows', JSON.stringify(rows)]]));
}

/**
 * Reads what `writeCheckpoint` wrote.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where the file is missing or damaged; ERR_FILE_FORMAT where it is no checkpoint
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readSafetensors(path);
  const snapshot = new Map(tensors);
  const take = (name: string): Float64Array | null => {
    const tensor: Tensor | undefined = snapshot.get(name);
    snapshot.delete(name);
    return tensor?.dtype === 'F64' ? tensor.data : null;
  };
  const [mean, std] = [take(MEAN), take(STD)];
  const statistics = mean === null || std === null ? null : { mean, std };
  try {
    const rows = z.array(epochRowSchema).parse(JSON.parse(metadata.get('rows') ?? ''));
    return { rows, snapshot, statistics };
  } catch (cause) {
    const expected = 'a checkpoint of evoked train';
    throw new EvokedError('ERR_FILE_FORMAT', { what: `${path} does not tell its epochs`, expected, cause });
  }
}

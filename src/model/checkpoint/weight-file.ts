import { EvokedError } from '../../core/errors.js';
import { parseSafetensors } from '../weights/safetensors.js';
import type { TensorMap } from '../weights/tensor.js';
import { type ByteSource, memorySource, openFileSource } from './byte-source.js';
import { detectWeightFormat, type WeightFormat } from './weight-format.js';
import { readLegacyCheckpoint } from './torch-legacy.js';
import { readZipCheckpoint } from './torch-zip.js';

/** What a weight file of any format holds. */
export interface WeightFile {
  readonly format: WeightFormat;
  /** Tensors by name; of a checkpoint those of its state dict. Names that share a storage share memory. */
  readonly tensors: TensorMap;
  /**
   * Of a safetensors file its `__metadata__`. Of a checkpoint the plain facts beside the state dict, such as `epoch` and
   * `pytorch-lightning_version`.
   */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads safetensors, or a checkpoint of PyTorch's (Lightning's included; zip or legacy format). What it is shows its
 * content, never its name. The pickle of a checkpoint is interpreted, nothing of it is executed. Of a checkpoint only the
 * tensors of the state dict stay in memory.
 * @throws {EvokedError} ERR_FILE_FORMAT where it is none of these; ERR_MODEL_WEIGHTS where it is malformed or cannot be read
 */
// eslint-disable-next-line @typescript-eslint/require-await -- reading may become asynchronous without changing callers
export async function readWeightFile(path: string): Promise<WeightFile> {
  const source = openFileSource(path);
  try {
    return readWeights(source);
  } catch (cause) {
    if (!(cause instanceof EvokedError)) throw cause;
    throw new EvokedError(cause.code, { what: `${path}: ${cause.message}`, cause });
  } finally {
    source.close();
  }
}

/**
 * The same for a file that is in memory, say because its digest was taken. Tensors are views of `bytes` where possible.
 * @throws {EvokedError} ERR_FILE_FORMAT, ERR_MODEL_WEIGHTS
 */
export function parseWeightFile(bytes: Uint8Array): WeightFile {
  return readWeights(memorySource(bytes));
}

function readWeights(source: ByteSource): WeightFile {
  const format = detectWeightFormat(source);
  switch (format) {
    case 'safetensors':
      return { format, ...parseSafetensors(source.read(0, source.size)) };
    case 'pytorch-zip':
      return { format, ...readZipCheckpoint(source) };
    case 'pytorch-legacy':
      return { format, ...readLegacyCheckpoint(source) };
  }
}

import type { Modality } from '../../../core/media.js';
import { float32Tensor, type Tensor, type TensorMap } from '../../../model/weights/tensor.js';
import type { Embeddings } from './embed-messages.js';

interface Group {
  /** Start of each segment in seconds of the file. */
  readonly seconds: readonly number[];
  readonly embeddings: Embeddings;
}

/** The rows of one feature file, gathered group by group in whatever order the groups get done. */
export class FeatureRows {
  readonly #groups: Group[] = [];

  /** @param index place of the group in the file */
  set(index: number, group: Group): void {
    this.#groups[index] = group;
  }

  get numRows(): number {
    return this.#groups.reduce((sum, { seconds }) => sum + seconds.length, 0);
  }

  /** `visual` [T, 1280] and `audio` [T, 2048], those that the file has, and `seconds` [T] float64. */
  toTensors(): TensorMap {
    const tensors = new Map<string, Tensor>();
    const { numRows } = this;
    for (const modality of ['visual', 'audio'] as const) {
      const data = this.#join(modality);
      if (data.length > 0) tensors.set(modality, float32Tensor([numRows, data.length / numRows], data));
    }
    const seconds = Float64Array.from(this.#groups.flatMap((group) => group.seconds));
    return tensors.set('seconds', { dtype: 'F64', shape: [numRows], data: seconds });
  }

  #join(modality: Modality): Float32Array {
    const parts = this.#groups.map(({ embeddings }) => embeddings[modality] ?? new Float32Array(0));
    const joined = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    return joined;
  }
}

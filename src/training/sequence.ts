import type { Modality } from '../core/media.js';

/** What one tower reads of one video: its kept segments, in order of time. */
export interface TrainingSequence {
  /** The video's id, as in the annotations. */
  readonly id: string;
  readonly modality: Modality;
  /** Steps after rows without annotation were left out, T. */
  readonly numSteps: number;
  /** `[T, dim]`, 1280 (visual) or 2048 (audio). */
  readonly embeddings: Float32Array;
  /** `[T]`, start of each segment in seconds; ascending, with holes where steps were left out. */
  readonly seconds: Float64Array;
  /** `[T, 15]`, each in [0, 1]. */
  readonly labels: Float32Array;
}

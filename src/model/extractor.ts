import type { Modality } from '../core/media.js';

/** One modality's network: raw segments in, embeddings out. Runs on the calling thread, which `embed` blocks. */
export interface Extractor {
  readonly modality: Modality;
  /** Values of one embedding. */
  readonly dim: number;
  /**
   * Segments that are worth embedding in one call: beyond this nothing more is gained, and the first of them waits for
   * the last.
   */
  readonly embedBatchSize: number;
  /**
   * @param inputs one per segment: for `visual` RGB frames `[224, 224, 3]` uint8, for `audio` mono PCM at 16 kHz of 0 to
   *   16000 samples; may be empty
   * @returns `[inputs.length, dim]`, in the order of the inputs
   * @throws {EvokedError} ERR_MODEL_INPUT where an input is of the wrong type or length
   */
  embed(inputs: readonly Uint8Array[] | readonly Float32Array[]): Promise<Float32Array>;
  /** Frees the ONNX Runtime session. May be called twice. */
  release(): Promise<void>;
}

import type { ErrorCode } from '../../../core/errors.js';
import type { Modality } from '../../../core/media.js';
import type { ExtractorChoice } from './extractor-choice.js';

/** What an embedding thread starts with. */
export interface EmbedThreadData {
  readonly choice: ExtractorChoice;
  /** Of a `ComputeGate`. */
  readonly gate: SharedArrayBuffer;
}

/** The inputs of one group of segments; a modality that the source lacks is left out. */
export interface EmbedInputs {
  /** RGB frames `[n, 224, 224, 3]`. */
  readonly visual?: Uint8Array;
  /** Mono PCM of each segment. */
  readonly audio?: readonly Float32Array[];
}

/** `[n, dim]` of each modality that had inputs. */
export type Embeddings = Readonly<Partial<Record<Modality, Float32Array>>>;

/** Main thread → embedding thread. */
export type EmbedRequest =
  | { readonly type: 'embed'; readonly id: number; readonly inputs: EmbedInputs }
  /** What waits is dropped. */
  | { readonly type: 'close' };

/** Embedding thread → main thread. */
export type EmbedReply =
  | { readonly type: 'embeddings'; readonly id: number; readonly embeddings: Embeddings }
  /** `id` null: loading failed, and the thread ends. */
  | {
      readonly type: 'failed';
      readonly id: number | null;
      readonly code: ErrorCode;
      readonly message: string;
    };

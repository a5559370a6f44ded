import type { Modality } from '../../../core/media.js';
import { EmbedWorker } from './embed-worker.js';
import type { EmbedInputs, Embeddings } from './embed-messages.js';
import { chosenModalities, type ExtractorChoice } from './extractor-choice.js';

/** Threads that each hold all networks, so that one video keeps every core busy, and many do. */
export class EmbedPool {
  /** What the networks embed, visual first. */
  readonly modalities: readonly Modality[];
  readonly #workers: readonly EmbedWorker[];

  /** Starts the threads; what cannot be loaded shows when something is to be embedded. */
  constructor(choice: ExtractorChoice, numThreads: number) {
    this.modalities = chosenModalities(choice);
    this.#workers = Array.from({ length: numThreads }, () => new EmbedWorker(choice));
  }

  /** Groups of segments that keep every thread busy while the next ones are on their way. */
  get numGroupsWanted(): number {
    return 2 * this.#workers.length;
  }

  /**
   * Embeds one group of segments on the thread that has least to do. `inputs` are transferred.
   * @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS, ERR_MODEL_INPUT, ERR_MODEL_WORKER
   */
  embed(inputs: EmbedInputs): Promise<Embeddings> {
    return this.#workers
      .reduce((best, each) => (each.numPending < best.numPending ? each : best))
      .embed(inputs);
  }

  /** Ends the threads once their groups are done; pending calls reject. May be called twice. */
  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/**
 * Hands out the epochs of a session. A pipeline counts its epochs from 0; a session counts on through every pipeline it had,
 * and has further epochs where model state was lost. Segments are placed before the scores of earlier ones are told, so
 * both sides ask here and get the same answer.
 */
export class EpochNames {
  /** What the pipeline's epoch 0 is called. */
  readonly first: number;
  readonly #names = new Map<number, number>();
  #next: number;

  constructor(first: number) {
    this.first = first;
    this.#next = first;
  }

  /** What an epoch of the pipeline is called when it starts; must first be asked in order. */
  of(pipelineEpoch: number): number {
    const name = this.#names.get(pipelineEpoch) ?? this.#next++;
    this.#names.set(pipelineEpoch, name);
    return name;
  }

  /** A further epoch, within one of the pipeline's. */
  further(): number {
    return this.#next++;
  }

  /** Earlier epochs of the pipeline will not be asked for again. */
  forgetBefore(pipelineEpoch: number): void {
    for (const known of this.#names.keys()) {
      if (known < pipelineEpoch) this.#names.delete(known);
    }
  }
}

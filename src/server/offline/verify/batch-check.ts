import type { Modality, Segment } from '../../../core/media.js';
import type { ScoringEngine, Scorer } from '../../../model/index.js';
import { Difference } from './difference.js';
import type { TowerScores } from './second-messages.js';

/** Segments by which each of the streams that share batches lies behind: they join later and see other pictures. */
const LAGS = [0, 5, 11] as const;

interface Companion {
  readonly scorer: Scorer;
  readonly lag: number;
}

/** Streams that run through batches together, held against the scores of the same segments alone. */
export class BatchCheck {
  readonly differences: Readonly<Record<Modality, Difference>> = {
    visual: new Difference(),
    audio: new Difference(),
  };
  readonly #companions: readonly Companion[];
  /** The last segments with their scores alone, as far back as the largest lag reaches. */
  #recent: { readonly segment: Segment; readonly alone: TowerScores }[] = [];

  constructor(engine: ScoringEngine) {
    this.#companions = LAGS.map((lag) => ({ scorer: engine.open({ position: 'elapsed' }), lag }));
  }

  /**
   * Scores a block of segments, for all streams at once so that batches form.
   * @throws {EvokedError} ERR_MODEL_WORKER
   */
  async run(block: readonly { readonly segment: Segment; readonly alone: TowerScores }[]): Promise<void> {
    const numBefore = this.#recent.length;
    this.#recent.push(...block);
    const calls = this.#recent.flatMap((_, at) =>
      this.#companions.flatMap(async ({ scorer, lag }) => {
        const due = at >= numBefore ? this.#recent[at - lag] : undefined;
        if (due === undefined) return;
        const { score } = await scorer.score(due.segment);
        for (const modality of ['visual', 'audio'] as const) {
          this.differences[modality].add(score[modality], due.alone[modality]);
        }
      }),
    );
    await Promise.all(calls);
    this.#recent = this.#recent.slice(-Math.max(...LAGS));
  }
}

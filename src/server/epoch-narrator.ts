import type { EpochReason, EpochStart, Gap, Segment } from '../core/media.js';
import type { Score, ScoreEvent } from '../core/score.js';

/** Where a segment was in its pipeline. */
export type SegmentPlace = Pick<Segment, 'epoch' | 'seq'>;

/** What became of one segment; `place` counts as the pipeline does, `score` as the session does. */
export type Outcome =
  | { readonly type: 'scored'; readonly place: SegmentPlace; readonly score: Score }
  | { readonly type: 'lost'; readonly place: SegmentPlace };

/**
 * Turns what comes out of a pipeline into what a session tells: epochs and gaps renumbered as `EpochPlacement` numbered the
 * segments, lost segments as gaps, an epoch opened where scores are of a new one.
 */
export class EpochNarrator {
  readonly #firstEpoch: number;
  #epoch: number;
  #base = 0;
  #numRestarts = 0;

  /** @param firstEpoch what the pipeline's epoch 0 is called */
  constructor(firstEpoch: number) {
    this.#firstEpoch = firstEpoch;
    this.#epoch = firstEpoch - 1;
  }

  /** The epoch told last; `firstEpoch - 1` before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  tell(item: EpochStart | Gap | Outcome): ScoreEvent[] {
    switch (item.type) {
      case 'epoch':
        this.#epoch = this.#firstEpoch + item.epoch + this.#numRestarts;
        this.#base = 0;
        return [{ type: 'epoch', epoch: this.#epoch, reason: this.#reasonOf(item) }];
      case 'gap':
        return [this.#gap(item.fromSeq, item.toSeq, item.reason)];
      case 'lost':
        return [this.#gap(item.place.seq, item.place.seq, 'failure')];
      case 'scored':
        return [...this.#openEpochOf(item), item.score];
    }
  }

  #gap(fromSeq: number, toSeq: number, reason: Gap['reason']): Gap {
    const base = this.#base;
    return { type: 'gap', epoch: this.#epoch, fromSeq: fromSeq - base, toSeq: toSeq - base, reason };
  }

  #openEpochOf({ place, score }: Outcome & { type: 'scored' }): ScoreEvent[] {
    if (score.epoch === this.#epoch) return [];
    this.#numRestarts = score.epoch - this.#firstEpoch - place.epoch;
    this.#epoch = score.epoch;
    this.#base = place.seq - score.seq;
    const events: ScoreEvent[] = [{ type: 'epoch', epoch: score.epoch, reason: 'restart' }];
    if (score.seq > 0) events.push(this.#gap(this.#base, place.seq - 1, 'failure'));
    return events;
  }

  #reasonOf(start: EpochStart): EpochReason {
    return start.reason === 'start' && this.#firstEpoch > 0 ? 'restart' : start.reason;
  }
}

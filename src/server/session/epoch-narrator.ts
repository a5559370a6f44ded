import type { EpochReason, EpochStart, Gap, Segment } from '../../core/media.js';
import type { ScoreMessage, SessionEvent } from '../../core/protocol.js';
import type { EpochNames } from './epoch-names.js';

/** Where a segment was in its pipeline. */
export type SegmentPlace = Pick<Segment, 'epoch' | 'seq'>;

/** What became of one segment; `place` counts as the pipeline does, `score` as the session does. */
export type Outcome =
  | { readonly type: 'scored'; readonly place: SegmentPlace; readonly score: ScoreMessage }
  | { readonly type: 'lost'; readonly place: SegmentPlace };

/**
 * Turns what comes out of a pipeline into what a session tells: epochs and gaps numbered as `EpochPlacement` numbered the
 * segments, lost segments as gaps, an epoch opened where scores are of a new one.
 */
export class EpochNarrator {
  readonly #names: EpochNames;
  #epoch = -1;
  #base = 0;

  constructor(names: EpochNames) {
    this.#names = names;
  }

  tell(item: EpochStart | Gap | Outcome): SessionEvent[] {
    switch (item.type) {
      case 'epoch':
        this.#epoch = this.#names.of(item.epoch);
        this.#names.forgetBefore(item.epoch);
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

  #openEpochOf({ place, score }: Outcome & { type: 'scored' }): SessionEvent[] {
    if (score.epoch === this.#epoch) return [];
    this.#epoch = score.epoch;
    this.#base = place.seq - score.seq;
    const events: SessionEvent[] = [{ type: 'epoch', epoch: score.epoch, reason: 'restart' }];
    if (score.seq > 0) events.push(this.#gap(this.#base, place.seq - 1, 'failure'));
    return events;
  }

  #reasonOf(start: EpochStart): EpochReason {
    return start.reason === 'start' && this.#names.first > 0 ? 'restart' : start.reason;
  }
}

import { toEvokedError, type EvokedError } from '../../core/errors.js';
import type { Segment } from '../../core/media.js';
import type { Scorer, ScoreResult } from '../../model/scoring.js';
import type { Design } from './design.js';
import type { Outcome } from './epoch-narrator.js';
import type { EpochPlacement } from './epoch-placement.js';

/** What a `ResilientScorer` reports. */
export interface ScorerEvents {
  scored(result: ScoreResult): void;
  failed(error: EvokedError): void;
  /** A segment is about to be scored, numbered as the session counts. */
  started(segment: Segment): void;
}

/** Scores segments with a scorer that is replaced when it fails; a failure costs segments, never the stream. */
export class ResilientScorer {
  readonly #open: () => Scorer;
  readonly #placement: EpochPlacement;
  readonly #design: Design;
  readonly #events: ScorerEvents;
  #scorer: Scorer | null = null;
  #closed = false;

  constructor(open: () => Scorer, placement: EpochPlacement, design: Design, events: ScorerEvents) {
    this.#open = open;
    this.#placement = placement;
    this.#design = design;
    this.#events = events;
  }

  /** Never rejects. Must be called in order of the segments. */
  async score(segment: Segment): Promise<Outcome> {
    const place = { epoch: segment.epoch, seq: segment.seq };
    const scorer = this.#ready();
    const placed = scorer === null ? null : this.#placement.place(segment);
    if (scorer === null || placed === null) return { type: 'lost', place };
    try {
      const scoring = scorer.score(placed);
      this.#events.started(placed);
      const result = await scoring;
      this.#events.scored(result);
      const designed = this.#design(segment.timelineIndex);
      return { type: 'scored', place, score: { ...result.score, designed } };
    } catch (error) {
      this.#replace(scorer, error);
      return { type: 'lost', place };
    }
  }

  close(): void {
    this.#closed = true;
    this.#scorer?.close();
    this.#scorer = null;
  }

  #ready(): Scorer | null {
    if (this.#closed) return null;
    try {
      this.#scorer ??= this.#open();
    } catch (error) {
      this.#lost(error);
    }
    return this.#scorer;
  }

  #replace(scorer: Scorer, error: unknown): void {
    if (this.#closed || scorer !== this.#scorer) return;
    scorer.close();
    this.#scorer = null;
    this.#lost(error);
  }

  #lost(error: unknown): void {
    this.#placement.restart();
    this.#events.failed(toEvokedError(error));
  }
}

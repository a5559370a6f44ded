import { wallMsAt } from '../../src/core/clock.js';
import { EvokedError } from '../../src/core/errors.js';
import type { Modality, Segment } from '../../src/core/media.js';
import type { PackInfo, ScoreMessage } from '../../src/core/protocol.js';
import type { Scorer, ScoreResult, ScorerOptions, ScoringEngine } from '../../src/model/scoring.js';

export const FAKE_PACK: PackInfo = { name: 'fake', version: '1.0.0', trainedOn: 'nothing', trained: false };

/** Scores that tell which segment they are of, at once or when the test says so. */
export class FakeEngine implements ScoringEngine {
  readonly pack = FAKE_PACK;
  modalities: readonly Modality[] = ['visual', 'audio'];
  readonly scorers: FakeScorer[] = [];
  /** What each of them was opened with. */
  readonly options: ScorerOptions[] = [];
  isClosed = false;
  /** While true, scoring waits for `release`. */
  isHeld = false;
  readonly #held: (() => void)[] = [];
  /** How many of the next calls of `score` fail. */
  numFailures = 0;

  open(options: ScorerOptions): Scorer {
    this.options.push(options);
    const scorer = new FakeScorer(this);
    this.scorers.push(scorer);
    return scorer;
  }

  /** Lets everything through that waits, and what comes. */
  release(): void {
    this.isHeld = false;
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async gate(): Promise<void> {
    if (this.isHeld) await new Promise<void>((resolve) => this.#held.push(resolve));
  }

  queueDepths(): { visual: number; audio: number } {
    return { visual: this.#held.length, audio: 0 };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

export class FakeScorer implements Scorer {
  readonly scored: Segment[] = [];
  isClosed = false;
  readonly #engine: FakeEngine;

  constructor(engine: FakeEngine) {
    this.#engine = engine;
  }

  async score(segment: Segment): Promise<ScoreResult> {
    this.scored.push(segment);
    await this.#engine.gate();
    if (this.#engine.numFailures > 0) {
      this.#engine.numFailures -= 1;
      throw new EvokedError('ERR_MODEL_WORKER', { what: 'the worker was shot' });
    }
    return {
      score: fakeScore({ ...segment, capturedAtMs: wallMsAt(segment.arrivedAtMs) }),
      timings: TIMINGS,
    };
  }

  saveState(): Promise<Uint8Array> {
    return Promise.reject(new EvokedError('ERR_INTERNAL', { what: 'a fake scorer has no state' }));
  }

  close(): void {
    this.isClosed = true;
  }
}

const TIMINGS = { queueMs: 1, embedVisualMs: 2, embedAudioMs: 3, stepVisualMs: 4, stepAudioMs: null };

/** What `FakeScorer` makes of a segment. */
export function fakeScore(
  segment: Pick<ScoreMessage, 'epoch' | 'seq' | 'ptsUs' | 'capturedAtMs'>,
): ScoreMessage {
  const { epoch, seq, ptsUs, capturedAtMs } = segment;
  const scores = Array.from({ length: 15 }, (_, label) => (epoch + seq + label) / 1000);
  const emittedAtMs = capturedAtMs + 12;
  const times = { capturedAtMs, emittedAtMs, latencyMs: 12 };
  const warm = seq >= 120;
  const towers = { scores, visual: scores, audio: null, designed: null };
  return { type: 'score', epoch, seq, ptsUs, ...times, ...towers, warm, flags: [] };
}

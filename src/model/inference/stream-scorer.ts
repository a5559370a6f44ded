import type { Clock } from '../../core/clock.js';
import type { PositionPolicy } from '../../core/config.js';
import { EvokedError } from '../../core/errors.js';
import type { Modality, Segment } from '../../core/media.js';
import type { Score, ScoreFlag } from '../../core/score.js';
import { FRAME_BYTES, SAMPLE_RATE_HZ, segmentSeconds } from '../../core/time-grid.js';
import { combineScores, type EnsembleShares } from '../ensemble.js';
import type { Scorer, ScoreResult } from '../scoring.js';
import { encodeStreamState, type StreamState, type StreamTower } from '../tower/state-bytes.js';
import type { Lane } from './lane.js';
import type { LaneScore } from './lane-messages.js';
import { positionFeature } from './position.js';
import { type SegmentPlace, TowerRuns } from './tower-runs.js';

/** Calls of one scorer that may be pending; a caller that outruns the model has to wait for results. */
export const MAX_PENDING = 256;

/** What a scorer needs of one modality. */
export interface ScorerPart {
  readonly lane: Lane;
  /** The pack's `position.maxSeconds`. */
  readonly maxSeconds: number;
  /** What the timestamp feature does beyond it. */
  readonly position: PositionPolicy;
}

/** What a scorer is made of. A modality that the pack does not have is left out. */
export interface StreamScorerOptions {
  readonly stream: number;
  readonly parts: Readonly<Partial<Record<Modality, ScorerPart>>>;
  /** Hex; written into saved states. */
  readonly packDigest: string;
  /** See `ScorerOptions.maxAbsenceSegments`. */
  readonly maxAbsenceSegments: number;
  /** State to go on from, of this pack. */
  readonly restored?: StreamState;
  readonly shares: EnsembleShares;
  /** The wall clock. */
  readonly clock: Clock;
  readonly steadyClock: Clock;
  readonly onClose: () => void;
}

interface Request {
  readonly result: Promise<LaneScore>;
  readonly limited: boolean;
}

/**
 * One stream's way through the lanes. Where a lane lost its states within an epoch, every further segment of that epoch
 * rejects with ERR_MODEL_WORKER: scores without their past would look right and be wrong. A new epoch goes on.
 */
export class StreamScorer implements Scorer {
  readonly #options: StreamScorerOptions;
  readonly #modalities: readonly Modality[];
  #epoch: number | undefined;
  /** The last segment that was given to the lanes. */
  #last: SegmentPlace | null = null;
  readonly #runs: TowerRuns;
  /** Rejects where a lane does not take the state that the scorer was opened with. */
  #restored: Promise<unknown> = Promise.resolve();
  readonly #generations = new Map<Modality, number>();
  #numPending = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: StreamScorerOptions) {
    this.#options = options;
    this.#runs = new TowerRuns(options.maxAbsenceSegments);
    this.#modalities = (['visual', 'audio'] as const).filter((modality) => options.parts[modality]);
    if (options.restored !== undefined) this.#restore(options.restored);
  }

  async score(segment: Segment): Promise<ScoreResult> {
    const { visual, audio } = this.#request(segment);
    const limited = visual?.limited === true || audio?.limited === true;
    const answers = Promise.all([visual?.result ?? null, audio?.result ?? null]);
    return this.#inOrder(answers, ([visualScore, audioScore]) =>
      this.#assemble(segment, visualScore, audioScore, limited),
    );
  }

  async saveState(): Promise<Uint8Array> {
    this.#checkCall();
    const last = this.#last;
    if (last !== null) this.#checkStates(last.epoch);
    const { stream, packDigest } = this.#options;
    const answers = Promise.all(
      this.#modalities.map(async (modality): Promise<[Modality, StreamTower]> => {
        const { lane } = this.#part(modality);
        const { run, lastSeq } = this.#runs.at(modality, last?.epoch);
        return [modality, { ...(await lane.save({ stream, run })), lastSeq }];
      }),
    );
    return this.#inOrder(answers, (towers) =>
      encodeStreamState({ packDigest, last, towers: Object.fromEntries(towers) }),
    );
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const modality of this.#modalities) this.#part(modality).lane.forget(this.#options.stream);
    this.#options.onClose();
  }

  /** Resolves calls in the order in which they were made, once the lanes have taken the state that was restored. */
  #inOrder<A, R>(answers: Promise<A>, finish: (answers: A) => R): Promise<R> {
    this.#numPending++;
    const result = Promise.all([answers, this.#restored, this.#tail])
      .then(([values]) => finish(values))
      .finally(() => this.#numPending--);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #restore({ last, towers }: StreamState): void {
    if (last === null) return;
    this.#checkStates(last.epoch);
    this.#last = last;
    const { stream } = this.#options;
    this.#restored = Promise.all(
      this.#modalities.map(async (modality) => {
        const { lastSeq, ...tower } = towers[modality]!;
        if (lastSeq === null) return;
        const run = this.#runs.step(modality, { epoch: last.epoch, seq: lastSeq });
        await this.#part(modality).lane.restore({ stream, run, tower });
      }),
    );
    // The calls that wait for it tell of a failure.
    this.#restored.catch(() => undefined);
  }

  #checkCall(): void {
    if (this.#isClosed) throw new EvokedError('ERR_MODEL_WORKER', { what: 'the scorer was closed' });
    if (this.#numPending < MAX_PENDING) return;
    const got = `${this.#numPending} pending`;
    const expected = `at most ${MAX_PENDING}`;
    throw new EvokedError('ERR_MODEL_INPUT', { what: 'too many segments wait for scores', got, expected });
  }

  #checkBehindRestored({ epoch, seq }: Segment): void {
    const last = this.#options.restored?.last ?? null;
    if (last === null || epoch !== last.epoch || seq > last.seq) return;
    const what = 'a segment is not behind the restored state';
    fail(what, `segment ${seq} of epoch ${epoch}`, `${last.seq + 1} or later`);
  }

  #request(segment: Segment): Partial<Record<Modality, Request>> {
    this.#checkCall();
    const inputs = this.#inputs(segment);
    this.#checkBehindRestored(segment);
    this.#checkStates(segment.epoch);
    this.#last = { epoch: segment.epoch, seq: segment.seq };
    const requests: Partial<Record<Modality, Request>> = {};
    for (const [modality, input] of inputs) {
      const { lane, maxSeconds, position } = this.#part(modality);
      const { stream } = this.#options;
      const run = this.#runs.step(modality, segment);
      const { seconds, limited } = positionFeature(segmentSeconds(segment.seq), maxSeconds, position);
      const result = lane.score({ stream, run, positionSeconds: seconds, input });
      requests[modality] = { result, limited };
    }
    return requests;
  }

  #inputs({ frame, audio }: Segment): Map<Modality, Uint8Array | Float32Array> {
    const inputs = new Map<Modality, Uint8Array | Float32Array>();
    for (const modality of this.#modalities) {
      const input = modality === 'visual' ? frame : audio;
      if (input !== null) inputs.set(modality, input);
    }
    if (frame !== null && frame.length !== FRAME_BYTES) {
      fail('a segment’s frame has the wrong size', `${frame.length} bytes`, `${FRAME_BYTES}`);
    }
    if (audio !== null && audio.length > SAMPLE_RATE_HZ) {
      fail('a segment’s audio is too long', `${audio.length} samples`, `at most ${SAMPLE_RATE_HZ}`);
    }
    if (inputs.size === 0) {
      fail('a segment has nothing that the pack can score', 'none', this.#modalities.join(' or '));
    }
    return inputs;
  }

  /** Notes the lanes' generations at an epoch's start, and refuses to go on where one has changed since. */
  #checkStates(epoch: number): void {
    if (epoch !== this.#epoch) {
      this.#epoch = epoch;
      for (const modality of this.#modalities) {
        this.#generations.set(modality, this.#part(modality).lane.generation);
      }
      return;
    }
    for (const modality of this.#modalities) {
      if (this.#part(modality).lane.generation === this.#generations.get(modality)) continue;
      const what = `the ${modality} worker was restarted and the stream’s past is lost`;
      const got = `another segment of epoch ${epoch}`;
      throw new EvokedError('ERR_MODEL_WORKER', { what, got, expected: 'a new epoch' });
    }
  }

  #assemble(
    segment: Segment,
    visual: LaneScore | null,
    audio: LaneScore | null,
    limited: boolean,
  ): ScoreResult {
    const combined = combineScores(visual?.scores ?? null, audio?.scores ?? null, this.#options.shares)!;
    const flags: ScoreFlag[] = [...segment.flags, ...combined.flags];
    if (limited) flags.push('position-limited');
    const { epoch, seq, ptsUs } = segment;
    const emittedAtMs = this.#options.clock.nowMs();
    // Somebody may have set the wall clock since.
    const latencyMs = this.#options.steadyClock.nowMs() - segment.arrivedAtMs;
    const score: Score = {
      type: 'score',
      epoch,
      seq,
      ptsUs,
      capturedAtMs: emittedAtMs - latencyMs,
      emittedAtMs,
      latencyMs,
      scores: combined.scores,
      visual: visual?.scores ?? null,
      audio: audio?.scores ?? null,
      warm: (visual?.isWarm ?? true) && (audio?.isWarm ?? true),
      flags,
    };
    return {
      score,
      timings: {
        queueMs: Math.max(visual?.queueMs ?? 0, audio?.queueMs ?? 0),
        embedVisualMs: visual?.embedMs ?? null,
        embedAudioMs: audio?.embedMs ?? null,
        stepVisualMs: visual?.stepMs ?? null,
        stepAudioMs: audio?.stepMs ?? null,
      },
    };
  }

  #part(modality: Modality): ScorerPart {
    return this.#options.parts[modality]!;
  }
}

function fail(what: string, got: string, expected: string): never {
  throw new EvokedError('ERR_MODEL_INPUT', { what, got, expected });
}

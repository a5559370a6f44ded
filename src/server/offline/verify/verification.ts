import type { Modality, Segment } from '../../../core/media.js';
import {
  type createScoringEngine,
  type ModelPack,
  packModalities,
  type Scorer,
  type ScoringEngine,
} from '../../../model/index.js';
import { fileSeconds } from '../work-on-segments.js';
import { BatchCheck } from './batch-check.js';
import { Difference } from './difference.js';
import { OfflinePass } from './offline-pass.js';
import type { TowerScores } from './second-messages.js';
import { SecondProcess } from './second-process.js';

/** Share of the largest score by which ways of computing it may differ: float32 sums in another order. */
const TOLERANCE = 1e-4;

/** Segments that the streams of a batch are given at once. */
const BLOCK_SEGMENTS = 4;

/** What was held against what. */
export type VerifyCheck = 'streaming-offline' | 'batch-alone' | 'restored-uninterrupted';

/** One tower in one check. */
export interface VerifyRow {
  readonly check: VerifyCheck;
  readonly tower: Modality;
  /** Scores that were compared; none of them is a failure. */
  readonly numScores: number;
  readonly maxAbs: number;
  /** `maxAbs` as a share of the largest score. */
  readonly relative: number;
  /** Largest `relative` that is right; 0 stands for bit by bit. */
  readonly tolerance: number;
  readonly ok: boolean;
}

/** What `verifyMedia` found. */
export interface VerifyReport {
  /** A check a tower that the media has something for. */
  readonly rows: readonly VerifyRow[];
  readonly numSegments: number;
  readonly ok: boolean;
}

/** All that runs beside each other while one media is gone through once, segment by segment. */
export class Verification {
  readonly modalities: readonly Modality[];
  readonly #pack: ModelPack;
  readonly #engine: ScoringEngine;
  readonly #passes: ReadonlyMap<Modality, OfflinePass>;
  readonly #alone: Scorer;
  readonly #batch: BatchCheck;
  readonly #restored = { visual: new Difference(), audio: new Difference() };
  readonly #scores: TowerScores[] = [];
  #block: { readonly segment: Segment; readonly alone: TowerScores }[] = [];
  #second: SecondProcess | undefined;
  #tail: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(pack: ModelPack, engine: ScoringEngine, passes: ReadonlyMap<Modality, OfflinePass>) {
    this.modalities = engine.modalities;
    this.#pack = pack;
    this.#engine = engine;
    this.#passes = passes;
    this.#alone = engine.open({ position: 'elapsed' });
    this.#batch = new BatchCheck(engine);
  }

  /** @throws {EvokedError} ERR_MODEL_PACK, ERR_MODEL_WEIGHTS, ERR_MODEL_WORKER */
  static async open(pack: ModelPack, createEngine: typeof createScoringEngine): Promise<Verification> {
    const engine = await createEngine(pack, { visualWorkers: 1, audioWorkers: 1 });
    const passes = new Map<Modality, OfflinePass>();
    try {
      for (const modality of packModalities(pack.manifest)) {
        passes.set(modality, await OfflinePass.load(pack, modality));
      }
    } catch (error) {
      await engine.close();
      throw error;
    }
    return new Verification(pack, engine, passes);
  }

  /**
   * Takes the next segment; calls may be made before the last one has resolved. At the first segment from `cutSeconds` on
   * the second process takes over.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_STATE
   */
  add(segment: Segment, cutSeconds: number): Promise<void> {
    return (this.#tail = this.#tail.then(() => this.#step(segment, cutSeconds)));
  }

  /** Once all segments were given. */
  async finish(): Promise<VerifyReport> {
    await this.#tail;
    await this.#runBlock();
    const offline = { visual: new Difference(), audio: new Difference() };
    for (const [modality, pass] of this.#passes) {
      const streamed = this.#scores.flatMap((scores) => scores[modality] ?? []);
      const numLabels = this.#pack.manifest.labels.length;
      for (const [row, scores] of (await pass.scores()).entries()) {
        offline[modality].add(streamed.slice(row * numLabels, (row + 1) * numLabels), scores);
      }
    }
    const rows = [
      ...this.#rows('streaming-offline', offline, TOLERANCE),
      ...this.#rows('batch-alone', this.#batch.differences, TOLERANCE),
      ...this.#rows('restored-uninterrupted', this.#restored, 0),
    ];
    return { rows, numSegments: this.#scores.length, ok: rows.every(({ ok }) => ok) };
  }

  /** Ends threads and the second process. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#second?.close();
    await this.#engine.close();
    await Promise.all([...this.#passes.values()].map((pass) => pass.release()));
  }

  async #step(segment: Segment, cutSeconds: number): Promise<void> {
    if (this.#isClosed) return;
    if (this.#second === undefined && this.#scores.length > 0 && fileSeconds(segment) >= cutSeconds) {
      const second = await SecondProcess.open(this.#pack.folder, await this.#alone.saveState());
      this.#second = second;
      if (this.#isClosed) return second.close();
    }
    const { visual, audio } = (await this.#alone.score(segment)).score;
    const alone = { visual, audio };
    this.#scores.push(alone);
    const restored = this.#second?.score(segment);
    for (const pass of this.#passes.values()) await pass.add(segment);
    if (restored !== undefined) {
      const scores = await restored;
      for (const modality of this.modalities) this.#restored[modality].add(scores[modality], alone[modality]);
    }
    this.#block.push({ segment, alone });
    if (this.#block.length >= BLOCK_SEGMENTS) await this.#runBlock();
  }

  async #runBlock(): Promise<void> {
    const block = this.#block;
    this.#block = [];
    await this.#batch.run(block);
  }

  /** A row a tower; one that the media has nothing for is left out, unless no tower was compared at all. */
  #rows(
    check: VerifyCheck,
    differences: Readonly<Record<Modality, Difference>>,
    tolerance: number,
  ): VerifyRow[] {
    const rows = this.modalities.map((tower): VerifyRow => {
      const { numRows, maxAbs, relative, isExact } = differences[tower];
      const isRight = tolerance === 0 ? isExact : relative <= tolerance;
      return { check, tower, numScores: numRows, maxAbs, relative, tolerance, ok: numRows > 0 && isRight };
    });
    const compared = rows.filter(({ numScores }) => numScores > 0);
    return compared.length > 0 ? compared : rows;
  }
}

import type { Clock } from '../../core/clock.js';
import { EvokedError } from '../../core/errors.js';
import type { Extractor } from '../extractor.js';
import type { TowerState } from '../tower/state.js';
import type { SavedTower } from '../tower/state-bytes.js';
import type { Tower } from '../tower/tower.js';
import type { LaneScore, LaneSegment } from './lane-messages.js';

interface StreamState {
  run: number;
  readonly tower: TowerState;
}

/**
 * One modality's networks and the states of the streams that use them: embeds segments, then steps the towers of all their
 * streams in one call; several segments of one stream become several steps of that call.
 */
export class LaneModel {
  readonly #extractor: Extractor;
  readonly #tower: Tower;
  readonly #scale: number;
  readonly #clock: Clock;
  readonly #streams = new Map<number, StreamState>();

  /** @param scale what the tower's outputs are divided by */
  constructor(extractor: Extractor, tower: Tower, scale: number, clock: Clock) {
    this.#extractor = extractor;
    this.#tower = tower;
    this.#scale = scale;
    this.#clock = clock;
  }

  /** Number of streams that a state is kept for. */
  get numStreams(): number {
    return this.#streams.size;
  }

  /**
   * Scores segments; those of one stream must be in order and of one run. Results are in the order of the segments.
   * @throws {EvokedError} ERR_MODEL_INPUT, ERR_MODEL_WORKER; no state has changed then, but for a run's reset
   */
  async score(segments: readonly LaneSegment[]): Promise<LaneScore[]> {
    const startedAtMs = this.#clock.nowMs();
    const embeddings = await this.#embed(segments);
    const embeddedAtMs = this.#clock.nowMs();
    const streams = groupByStream(segments);
    const batch = [...streams].map(([stream, rows]) => ({
      state: this.#stateOf(stream, segments[rows[0]!]!.run),
      x: this.#towerRows(segments, rows, embeddings),
    }));
    const stepsBefore = batch.map(({ state }) => state.numSteps);
    const outputs = await this.#tower.run(batch);
    const steppedAtMs = this.#clock.nowMs();
    const { numLabels } = this.#tower.spec;
    const results = new Array<LaneScore>(segments.length);
    for (const [index, rows] of [...streams.values()].entries()) {
      for (const [step, row] of rows.entries()) {
        const { id, requestedAtMs } = segments[row]!;
        const raw = outputs[index]!.subarray(step * numLabels, (step + 1) * numLabels);
        results[row] = {
          id,
          scores: Array.from(raw, (value) => value / this.#scale),
          isWarm: stepsBefore[index]! + step + 1 >= this.#tower.receptiveField,
          queueMs: startedAtMs - requestedAtMs,
          embedMs: embeddedAtMs - startedAtMs,
          stepMs: steppedAtMs - embeddedAtMs,
        };
      }
    }
    return results;
  }

  /** A copy of a stream's state in `run`; where it has none, that of a stream before its first step. */
  save(stream: number, run: number): SavedTower {
    const state = this.#streams.get(stream);
    const isThere = state !== undefined && state.run === run;
    const tower = isThere ? this.#tower.getState(state.tower) : this.#tower.createState();
    return { ...tower, shape: this.#tower.stateShape };
  }

  /**
   * Makes a stream's state what `saved` was.
   * @throws {EvokedError} ERR_MODEL_STATE where that is of a tower of another shape
   */
  restore(stream: number, run: number, saved: SavedTower): void {
    const expected = this.#tower.stateShape.join(' ');
    if (saved.shape.join(' ') !== expected) {
      const what = 'a saved state is of a tower of another shape';
      throw new EvokedError('ERR_MODEL_STATE', { what, got: saved.shape.join(' '), expected });
    }
    const tower = this.#tower.createState();
    this.#tower.setState(tower, saved);
    this.#streams.set(stream, { run, tower });
  }

  /** Frees a stream's state; also when there is none. */
  forget(stream: number): void {
    this.#streams.delete(stream);
  }

  /** Frees the networks. */
  async release(): Promise<void> {
    await Promise.all([this.#extractor.release(), this.#tower.release()]);
  }

  async #embed(segments: readonly LaneSegment[]): Promise<Float32Array> {
    const { dim, embedBatchSize } = this.#extractor;
    const embeddings = new Float32Array(segments.length * dim);
    for (let first = 0; first < segments.length; first += embedBatchSize) {
      const inputs = segments.slice(first, first + embedBatchSize).map(({ input }) => input);
      embeddings.set(await this.#extractor.embed(inputs as Uint8Array[] | Float32Array[]), first * dim);
    }
    return embeddings;
  }

  #towerRows(
    segments: readonly LaneSegment[],
    rows: readonly number[],
    embeddings: Float32Array,
  ): Float32Array {
    const { dim } = this.#extractor;
    const { numInputs } = this.#tower.spec;
    const x = new Float32Array(rows.length * numInputs);
    for (const [step, row] of rows.entries()) {
      x.set(embeddings.subarray(row * dim, (row + 1) * dim), step * numInputs);
      if (numInputs > dim) x[step * numInputs + dim] = segments[row]!.positionSeconds;
    }
    return x;
  }

  #stateOf(stream: number, run: number): TowerState {
    let state = this.#streams.get(stream);
    if (state === undefined) {
      state = { run, tower: this.#tower.createState() };
      this.#streams.set(stream, state);
    } else if (state.run !== run) {
      this.#tower.reset(state.tower);
      state.run = run;
    }
    return state.tower;
  }
}

function groupByStream(segments: readonly LaneSegment[]): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [row, { stream }] of segments.entries()) {
    const known = rows.get(stream);
    if (known === undefined) rows.set(stream, [row]);
    else known.push(row);
  }
  return rows;
}

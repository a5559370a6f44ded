import type * as ort from 'onnxruntime-node';
import { EvokedError } from '../../core/errors.js';
import { createOrtSession, type OrtOptions } from '../onnx/ort-session.js';
import { type BatchRun, gatherBatch, scatterBatch, Scratch } from './batch.js';
import { TOWER_GRAPH, towerGraph } from './graph.js';
import { receptiveField, type TowerSpec } from './spec.js';
import { numTapValues, type TapRing, tapRings, type TowerState } from './state.js';
import type { TowerWeights } from './weights.js';

/** Consecutive steps of one stream: `x` is `[numSteps, numInputs]`, row-major. */
export interface TowerSteps {
  readonly state: TowerState;
  readonly x: Float32Array;
}

/** Rows of one call of the graph unless told otherwise: beyond this a row gets little cheaper. */
export const DEFAULT_MAX_ROWS = 64;

/**
 * The temporal and regression modules of one modality, causal and stepwise. It holds the weights; what a stream's past
 * left behind is in the stream's `TowerState`. Calls run one after another in the order in which they were made.
 *
 * Values agree with the authors' PyTorch model to 2e-4 of the largest score; a row's result does not depend on the batch it
 * is in, nor on how its stream was cut into calls, beyond float32 rounding (1e-4 of the largest score).
 */
export class Tower {
  readonly spec: TowerSpec;
  /** Steps that one score depends on. */
  readonly receptiveField: number;
  readonly #session: ort.InferenceSession;
  readonly #rings: readonly TapRing[];
  readonly #scratch = new Scratch();
  #tail: Promise<unknown> = Promise.resolve();
  #released: Promise<void> | undefined;

  private constructor(spec: TowerSpec, session: ort.InferenceSession) {
    this.spec = spec;
    this.receptiveField = receptiveField(spec);
    this.#session = session;
    this.#rings = tapRings(spec);
  }

  /**
   * Builds the graph and loads it; about 0.3 s and, while it runs, twice the weights' memory at the paper's size.
   * @throws {EvokedError} ERR_MODEL_WEIGHTS
   */
  static async create(weights: TowerWeights, options: OrtOptions = {}): Promise<Tower> {
    return new Tower(weights.spec, await createOrtSession(towerGraph(weights), options));
  }

  /** State of a stream before its first step. */
  createState(): TowerState {
    return { numSteps: 0, taps: new Float32Array(numTapValues(this.#rings)) };
  }

  /** Span and width of each convolution's ring in a state's `taps`, one pair after another. */
  get stateShape(): readonly number[] {
    return this.#rings.flatMap(({ span, width }) => [span, width]);
  }

  /** A copy that later steps do not change. */
  getState(state: TowerState): TowerState {
    return { numSteps: state.numSteps, taps: state.taps.slice() };
  }

  /** Makes `state` what `saved` was. */
  setState(state: TowerState, saved: TowerState): void {
    this.#checkState(saved);
    state.taps.set(saved.taps);
    state.numSteps = saved.numSteps;
  }

  /** Makes `state` what it was before the first step. */
  reset(state: TowerState): void {
    state.taps.fill(0);
    state.numSteps = 0;
  }

  /** Whether the receptive field holds real steps only. */
  isWarm(state: TowerState): boolean {
    return state.numSteps >= this.receptiveField;
  }

  /**
   * One step of each stream, all in one call of the graph. Resolves to one `[numLabels]` per stream, in order.
   * @throws {EvokedError} ERR_MODEL_INPUT; no state has changed then
   */
  async step(batch: readonly TowerSteps[]): Promise<Float32Array[]> {
    for (const { x } of batch) this.#checkLength(x.length, this.spec.numInputs, `${this.spec.numInputs}`);
    return this.run(batch);
  }

  /**
   * Several steps of one stream; `x` is `[numSteps, numInputs]`. Resolves to `[numSteps, numLabels]`. With `maxRows` of at
   * least numSteps this is the offline form: no step then reads what another one left in the state.
   * @throws {EvokedError} ERR_MODEL_INPUT
   */
  async steps(state: TowerState, x: Float32Array, maxRows = DEFAULT_MAX_ROWS): Promise<Float32Array> {
    const [scores] = await this.run([{ state, x }], maxRows);
    return scores!;
  }

  /**
   * Any mix: each stream's own number of steps. Resolves to one `[numSteps, numLabels]` per stream, in order. Where there
   * are more rows than `maxRows` they are run in several calls of the graph, the earlier steps of each stream first.
   * @throws {EvokedError} ERR_MODEL_INPUT
   */
  run(batch: readonly TowerSteps[], maxRows = DEFAULT_MAX_ROWS): Promise<Float32Array[]> {
    const result = this.#tail.then(() => this.#runAll(batch, maxRows));
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Waits for calls under way and frees the weights. May be called twice. */
  release(): Promise<void> {
    this.#released ??= this.#tail.then(() => this.#session.release());
    return this.#released;
  }

  async #runAll(batch: readonly TowerSteps[], maxRows: number): Promise<Float32Array[]> {
    const { numInputs, numLabels } = this.spec;
    if (this.#released !== undefined) {
      throw new EvokedError('ERR_MODEL_INPUT', { what: 'the tower was released' });
    }
    if (new Set(batch.map(({ state }) => state)).size < batch.length) {
      const expected = 'each stream once';
      throw new EvokedError('ERR_MODEL_INPUT', { what: 'a stream is in the batch twice', expected });
    }
    const numSteps = batch.map(({ state, x }) => {
      this.#checkState(state);
      this.#checkLength(x.length % numInputs, 0, `a multiple of ${numInputs}`, x.length);
      return x.length / numInputs;
    });
    const scores = numSteps.map((steps) => new Float32Array(steps * numLabels));
    const done = numSteps.map(() => 0);
    for (;;) {
      const runs: BatchRun[] = [];
      const targets: { stream: number; offset: number }[] = [];
      let numRows = 0;
      for (const [stream, { state, x }] of batch.entries()) {
        const first = done[stream]!;
        const rows = Math.min(numSteps[stream]! - first, maxRows - numRows);
        if (rows === 0) continue;
        runs.push({ state, numRows: rows, x: x.subarray(first * numInputs, (first + rows) * numInputs) });
        targets.push({ stream, offset: first * numLabels });
        done[stream] = first + rows;
        numRows += rows;
      }
      if (numRows === 0) return scores;
      const rows = await this.#runRows(runs, numRows);
      let offset = 0;
      for (const [index, run] of runs.entries()) {
        const end = offset + run.numRows * numLabels;
        scores[targets[index]!.stream]!.set(rows.subarray(offset, end), targets[index]!.offset);
        offset = end;
      }
    }
  }

  /** One call of the graph; resolves to `[numRows, numLabels]`, valid until the next one. */
  async #runRows(runs: readonly BatchRun[], numRows: number): Promise<Float32Array> {
    const scratch = numRows > DEFAULT_MAX_ROWS ? new Scratch() : this.#scratch;
    const tensors = gatherBatch(this.spec, this.#rings, runs, scratch);
    const results = await this.#session.run(tensors.feeds, tensors.fetches);
    scatterBatch(this.#rings, runs, tensors, results);
    return (results[TOWER_GRAPH.scores] as ort.Tensor).data as Float32Array;
  }

  #checkState(state: TowerState): void {
    const expected = numTapValues(this.#rings);
    if (state.taps.length !== expected) {
      const got = `${state.taps.length} values`;
      throw new EvokedError('ERR_MODEL_INPUT', {
        what: 'a state is not of this tower',
        got,
        expected: `${expected}`,
      });
    }
  }

  #checkLength(got: number, expected: number, wanted: string, shown = got): void {
    if (got === expected) return;
    const what = 'rows of a tower have the wrong length';
    throw new EvokedError('ERR_MODEL_INPUT', { what, got: `${shown} values`, expected: wanted });
  }
}

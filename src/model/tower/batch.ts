import * as ort from 'onnxruntime-node';
import { convReach, TOWER_GRAPH } from './graph.js';
import type { TowerSpec } from './spec.js';
import { ringRow, type TapRing, type TowerState } from './state.js';
import { planTaps, type RowRun, type TapPlan } from './tap-plan.js';

/** Consecutive steps of one stream: `x` is `[numRows, numInputs]`. */
export interface BatchRun extends RowRun {
  readonly state: TowerState;
  readonly x: Float32Array;
}

/** What one call of the graph takes and gives. */
export interface BatchTensors {
  readonly feeds: Record<string, ort.Tensor>;
  readonly fetches: Record<string, ort.Tensor>;
}

/** Arrays that are used again from call to call; they only ever grow. */
export class Scratch {
  readonly #arrays = new Map<string, Float32Array>();

  /** The array `name`, at least `length` long, cut to `length`; its values are what the last user left. */
  take(name: string, length: number): Float32Array {
    const known = this.#arrays.get(name);
    if (known !== undefined && known.length >= length) return known.subarray(0, length);
    const array = new Float32Array(Math.max(length, 2 * (known?.length ?? 0)));
    this.#arrays.set(name, array);
    return array.subarray(0, length);
  }
}

/** Collects the rows and the past inputs of all runs into the graph's tensors. */
export function gatherBatch(
  spec: TowerSpec,
  rings: readonly TapRing[],
  runs: readonly BatchRun[],
  scratch: Scratch,
): BatchTensors {
  const numRows = runs.reduce((total, run) => total + run.numRows, 0);
  const tensor = (name: string, rows: number, width: number): ort.Tensor =>
    new ort.Tensor('float32', scratch.take(name, rows * width), [rows, width]);
  const x = tensor(TOWER_GRAPH.x, numRows, spec.numInputs);
  let offset = 0;
  for (const run of runs) {
    (x.data as Float32Array).set(run.x, offset);
    offset += run.x.length;
  }
  const feeds: Record<string, ort.Tensor> = { [TOWER_GRAPH.x]: x };
  const fetches: Record<string, ort.Tensor> = {
    [TOWER_GRAPH.scores]: tensor(TOWER_GRAPH.scores, numRows, spec.numLabels),
  };
  const plans = new Map<string, TapPlan>();
  for (const [conv, ring] of rings.entries()) {
    if (conv > 0) {
      fetches[TOWER_GRAPH.input(conv)] = tensor(TOWER_GRAPH.input(conv), numRows, ring.width);
    }
    if (ring.span === 0) continue;
    const reach = convReach(ring.conv);
    let plan = plans.get(reach);
    if (plan === undefined) {
      plan = planTaps(ring.conv, runs);
      plans.set(reach, plan);
      const shape = [numRows, ring.conv.kernelSize];
      feeds[TOWER_GRAPH.taps(reach)] = new ort.Tensor('int64', plan.indices, shape);
    }
    const past = tensor(TOWER_GRAPH.past(conv), plan.numPastRows, ring.width);
    gatherPast(ring, runs, plan, past.data as Float32Array);
    feeds[TOWER_GRAPH.past(conv)] = past;
  }
  return { feeds, fetches };
}

function gatherPast(ring: TapRing, runs: readonly BatchRun[], plan: TapPlan, past: Float32Array): void {
  let offset = 0;
  for (const [index, { state }] of runs.entries()) {
    for (const step of plan.pastSteps[index]!) {
      const row = ringRow(ring, state.numSteps + step);
      past.set(state.taps.subarray(row, row + ring.width), offset);
      offset += ring.width;
    }
  }
}

/** Writes each convolution's new inputs into the rings and counts the steps. */
export function scatterBatch(
  rings: readonly TapRing[],
  runs: readonly BatchRun[],
  { feeds }: BatchTensors,
  results: Readonly<Record<string, ort.OnnxValue>>,
): void {
  for (const [conv, ring] of rings.entries()) {
    if (ring.span === 0) continue;
    const tensor = conv === 0 ? feeds[TOWER_GRAPH.x] : results[TOWER_GRAPH.input(conv)];
    const input = (tensor as ort.Tensor).data as Float32Array;
    let firstRow = 0;
    for (const { state, numRows } of runs) {
      for (let row = Math.max(0, numRows - ring.span); row < numRows; row++) {
        const source = (firstRow + row) * ring.width;
        state.taps.set(input.subarray(source, source + ring.width), ringRow(ring, state.numSteps + row));
      }
      firstRow += numRows;
    }
  }
  for (const { state, numRows } of runs) state.numSteps += numRows;
}

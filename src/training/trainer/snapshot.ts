import { EvokedError } from '../../core/errors.js';
import { float32Tensor, requireFloats, type Tensor, type TensorMap } from '../../model/weights/tensor.js';
import type { ParameterSpec, ParameterValues } from './parameter-specs.js';

const COUNTERS = ['steps', 'averaged', 'dropout', 'timestamps'] as const;

/** What a snapshot holds. */
export interface TrainerState {
  /** Whole numbers: steps done, sets of weights in the mean, places in the two random streams. */
  readonly counters: Readonly<Record<(typeof COUNTERS)[number], number>>;
  /** Sets of tensors with the parameters' names and shapes: `parameter`, `average`, the optimizer's slots. */
  readonly sets: ReadonlyMap<string, ParameterValues>;
}

const COUNTER = 'counter';

/** A state as tensors: `counter/<name>` F64 `[1]`, `<set>/<parameter>` F32 in the authors' shape. */
export function encodeState(specs: readonly ParameterSpec[], { counters, sets }: TrainerState): TensorMap {
  const tensors = new Map<string, Tensor>();
  for (const name of COUNTERS) {
    tensors.set(`${COUNTER}/${name}`, { dtype: 'F64', shape: [1], data: Float64Array.of(counters[name]) });
  }
  for (const [set, values] of sets) {
    for (const { name, shape } of specs) {
      tensors.set(`${set}/${name}`, float32Tensor(shape, values.get(name)!));
    }
  }
  return tensors;
}

/**
 * The way back of `encodeState`. A set is there as a whole or not at all; `required` must be there.
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where something is missing, or is of another tower
 */
export function decodeState(
  specs: readonly ParameterSpec[],
  tensors: TensorMap,
  required: string,
): TrainerState {
  const [steps, averaged, dropout, timestamps] = COUNTERS.map((name) => readCounter(tensors, name));
  const prefixes = [...tensors.keys()].map((name) => name.slice(0, name.indexOf('/')));
  const sets = new Map<string, ParameterValues>();
  for (const set of new Set([required, ...prefixes])) {
    if (set === COUNTER) continue;
    const values = specs.map(({ name, shape }): [string, Float32Array] => {
      return [name, requireFloats(tensors, `${set}/${name}`, shape)];
    });
    sets.set(set, new Map(values));
  }
  const counters = { steps: steps!, averaged: averaged!, dropout: dropout!, timestamps: timestamps! };
  return { counters, sets };
}

function readCounter(tensors: TensorMap, name: string): number {
  const tensor = tensors.get(`${COUNTER}/${name}`);
  const value = tensor?.dtype === 'F64' ? tensor.data[0] : undefined;
  if (Number.isInteger(value)) return value!;
  const what = `a training snapshot has no counter "${name}"`;
  throw new EvokedError('ERR_MODEL_WEIGHTS', { what, expected: 'what Trainer.snapshot made' });
}

import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import { type TowerSpec, uniformTowerSpec } from '../../model/tower/spec.js';
import type { InputStatistics } from './input-statistics.js';
import type { OptimizerOptions, TrainerOptions } from './options.js';

/** Options with nothing left open. */
export interface ResolvedOptions {
  readonly spec: TowerSpec;
  readonly numLevels: number;
  readonly weightNorm: boolean;
  readonly dropout: number;
  readonly labelScale: number;
  readonly optimizer: OptimizerOptions;
  readonly accumulate: number;
  readonly dropTimestamps: number;
  readonly init: 'paper' | 'he';
  /** Null where inputs are not standardised. */
  readonly statistics: InputStatistics | null;
}

const count = z.number().int().min(1);
const share = z.number().min(0).max(0.99);

const schema = z.object({
  modality: z.enum(['visual', 'audio']),
  embeddingDim: count,
  position: z.boolean(),
  shape: z
    .strictObject({
      numChannels: count.optional(),
      numStacks: count.optional(),
      numLevels: count.max(20).default(4),
      kernelSize: count.optional(),
      numHidden: count.optional(),
    })
    .prefault({}),
  weightNorm: z.boolean().default(false),
  dropout: share.default(0),
  labelScale: z.number().positive().default(1),
  optimizer: z
    .strictObject({ kind: z.enum(['sgd', 'adam']), learningRate: z.number().positive() })
    .default({ kind: 'sgd', learningRate: 5e-3 }),
  accumulate: count.default(1),
  dropTimestamps: share.default(0),
  standardize: z.boolean().default(false),
  init: z.enum(['paper', 'he']).default('paper'),
});

/** Checks options and fills in the defaults. @throws {EvokedError} ERR_CONFIG_INVALID that names the option */
export function resolveOptions(options: TrainerOptions): ResolvedOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return fail(`training option ${issue!.path.join('.')} is wrong`, issue!.message);
  }
  const { shape, standardize, embeddingDim, position, ...rest } = parsed.data;
  const given = Object.entries(shape).filter(([, size]) => size !== undefined);
  const sizes = Object.fromEntries(given) as Record<string, number>;
  const numInputs = embeddingDim + (position ? 1 : 0);
  const { inputStatistics: statistics = null } = options;
  if (standardize) checkStatistics(statistics, numInputs);
  return {
    ...rest,
    spec: uniformTowerSpec({ ...sizes, numInputs }),
    numLevels: shape.numLevels,
    statistics: standardize ? statistics : null,
  };
}

function checkStatistics(statistics: InputStatistics | null, numInputs: number): void {
  if (statistics === null) return fail('standardize needs inputStatistics', 'mean and std of every input');
  const { mean, std } = statistics;
  const isWhole = mean.length >= numInputs && std.length >= numInputs;
  if (isWhole && mean.every(Number.isFinite) && std.every((value) => value > 0 && Number.isFinite(value)))
    return;
  fail('inputStatistics do not fit', `${numInputs} finite means, and stds above 0`);
}

function fail(what: string, expected: string): never {
  throw new EvokedError('ERR_CONFIG_INVALID', { what, expected });
}

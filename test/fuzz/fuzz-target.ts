import { EvokedError } from '../../src/core/errors.js';
import { type Corpus, mutate } from './mutate.js';
import { RandomSource } from './random-source.js';

/** A parser and what it is fed. */
export interface FuzzTarget extends Corpus {
  readonly name: string;
  /** Inputs of a full run. */
  readonly numInputs: number;
  /** Parses; may reject or throw an EvokedError and nothing else. */
  parse(bytes: Uint8Array): unknown;
}

/** What a run found. */
export interface FuzzReport {
  readonly target: string;
  readonly numInputs: number;
  readonly numAccepted: number;
  readonly numRefused: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** Which inputs of a target are made, and who is told. */
export interface FuzzOptions {
  readonly seed: number;
  /** Index of the first one: an input is made again by the same seed and index. */
  readonly first?: number;
  readonly numInputs?: number;
  readonly onProgress?: (numDone: number) => void;
}

/** Longest that one input may take. */
export const MAX_INPUT_MS = 1000;
const PROGRESS_INPUTS = 1000;

/** An input that broke a rule, in base64. */
export class FuzzFailure extends Error {
  constructor(name: string, input: Uint8Array, why: string, cause?: unknown) {
    super(`${name}: ${why}\n${Buffer.from(input).toString('base64')}`, { cause });
  }
}

/**
 * Feeds mutated inputs to a parser, and every valid one first.
 * @throws {FuzzFailure} for any error that is no EvokedError, and any input that takes longer than `MAX_INPUT_MS`
 */
export async function runFuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  const { seed, first = 0, numInputs = target.numInputs, onProgress } = options;
  for (const bytes of target.seeds) await target.parse(bytes);
  const refused = new Map<string, number>();
  let numAccepted = 0;
  let slowestMs = 0;
  for (let numDone = 0; numDone < numInputs; numDone++) {
    const input = mutate(new RandomSource(seed, first + numDone), target);
    const name = `${target.name}, seed ${seed}, input ${first + numDone}`;
    const { code, elapsedMs } = await attempt(target, input, name);
    if (code === undefined) numAccepted++;
    else refused.set(code, (refused.get(code) ?? 0) + 1);
    slowestMs = Math.max(slowestMs, elapsedMs);
    // A busy machine may have been to blame: once more.
    if (elapsedMs > MAX_INPUT_MS && (await attempt(target, input, name)).elapsedMs > MAX_INPUT_MS) {
      throw new FuzzFailure(name, input, `took ${elapsedMs.toFixed(0)} ms`);
    }
    if ((numDone + 1) % PROGRESS_INPUTS === 0) onProgress?.(numDone + 1);
  }
  return { target: target.name, numInputs, numAccepted, numRefused: Object.fromEntries(refused), slowestMs };
}

async function attempt(
  target: FuzzTarget,
  input: Uint8Array,
  name: string,
): Promise<{ code: string | undefined; elapsedMs: number }> {
  const startMs = performance.now();
  let code: string | undefined;
  try {
    const result = target.parse(input);
    if (result instanceof Promise) await result;
  } catch (error) {
    if (!(error instanceof EvokedError) || error.code === 'ERR_INTERNAL') {
      throw new FuzzFailure(name, input, `no coded error: ${String(error)}`, error);
    }
    code = error.code;
  }
  return { code, elapsedMs: performance.now() - startMs };
}

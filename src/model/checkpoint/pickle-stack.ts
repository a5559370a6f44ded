import { PickleTuple, type PickleValue } from './pickle-values.js';
import { refuse } from './refuse.js';

/** What a pickle may use up. Far above any checkpoint's needs: 300 tensors take 15,000 opcodes and 1500 memo entries. */
export const PICKLE_LIMITS = {
  numBytes: 8 * 2 ** 20,
  opcodes: 1_000_000,
  /** Lists, dicts, tuples, and what calls give. */
  objects: 200_000,
  memo: 200_000,
  stack: 100_000,
  /** Marks that are open at once: how deep lists and dicts lie in one another. */
  depth: 200,
} as const;

/** The stack, marks and memo of a pickle machine, within limits. */
export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  get memoSize(): number {
    return this.#memo.size;
  }

  get size(): number {
    return this.#values.length;
  }

  push(value: PickleValue): void {
    if (this.#values.length === PICKLE_LIMITS.stack) exceeded('stack', PICKLE_LIMITS.stack);
    this.#values.push(value);
  }

  pop(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0)) underflow();
    return this.#values.pop()!;
  }

  top(): PickleValue {
    if (this.#values.length <= (this.#marks.at(-1) ?? 0)) underflow();
    return this.#values.at(-1)!;
  }

  mark(): void {
    if (this.#marks.length === PICKLE_LIMITS.depth) exceeded('depth', PICKLE_LIMITS.depth);
    this.#marks.push(this.#values.length);
  }

  /** Takes everything above the last mark, and the mark. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop() ?? underflow();
    return this.#values.splice(mark);
  }

  /** The tuple of the last `length` values. */
  popTuple(length: number): PickleTuple {
    const items: PickleValue[] = [];
    for (let i = 0; i < length; i++) items.unshift(this.pop());
    return new PickleTuple(items);
  }

  memoize(index: number): void {
    if (this.#memo.size === PICKLE_LIMITS.memo && !this.#memo.has(index))
      exceeded('memo', PICKLE_LIMITS.memo);
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) refuse('pickle of the checkpoint recalls what it never stored', `memo ${index}`);
    this.push(value);
  }
}

/** Ends a pickle that uses up too much of something. */
export function exceeded(what: string, limit: number): never {
  return refuse(`pickle of the checkpoint exceeds the limit of its ${what}`, undefined, `at most ${limit}`);
}

function underflow(): never {
  return refuse('pickle of the checkpoint takes more from its stack than there is');
}

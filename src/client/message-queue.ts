/** One end of an asynchronous iteration: messages wait here until they are asked for. */
export class MessageQueue<T> implements AsyncIterableIterator<T> {
  readonly #items: T[] = [];
  readonly #capacity: number;
  readonly #onReturn: () => void;
  readonly #onOverflow: () => Error;
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: Error): void } | null = null;
  #end: { readonly error: Error | null } | null = null;

  /**
   * @param capacity messages that may wait; one more ends the iteration with the error of `onOverflow`
   * @param onReturn the loop was left
   */
  constructor(capacity: number, onReturn: () => void, onOverflow: () => Error) {
    this.#capacity = capacity;
    this.#onReturn = onReturn;
    this.#onOverflow = onOverflow;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  push(item: T): void {
    if (this.#end !== null) return;
    if (this.#waiting !== null) {
      this.#waiting.resolve({ done: false, value: item });
      this.#waiting = null;
    } else if (this.#items.length < this.#capacity) {
      this.#items.push(item);
    } else {
      this.end(this.#onOverflow());
      this.#onReturn();
    }
  }

  /** What waits is still handed out; then the iteration ends, with the error if there is one. */
  end(error: Error | null): void {
    if (this.#end !== null) return;
    this.#end = { error };
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting === null) return;
    if (error === null) waiting.resolve({ done: true, value: undefined });
    else waiting.reject(error);
  }

  next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve({ done: false, value: item });
    if (this.#end === null) return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
    const { error } = this.#end;
    this.#end = { error: null };
    return error === null ? Promise.resolve({ done: true, value: undefined }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T>> {
    this.#items.length = 0;
    this.end(null);
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }
}

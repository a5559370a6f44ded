/** Runs `onStall` when something that was begun is not finished in time; one timer however often it is begun. */
export class StallGuard {
  readonly #onStall: () => void;
  readonly #nowMs: () => number;
  readonly #timer: NodeJS.Timeout;
  #sinceMs: number | null = null;
  #timeoutMs: number;
  #hasStalled = false;

  /** @param timeoutMs longest allowed time between `begin` and `finish` */
  constructor(timeoutMs: number, onStall: () => void, nowMs: () => number = () => performance.now()) {
    this.#timeoutMs = timeoutMs;
    this.#onStall = onStall;
    this.#nowMs = nowMs;
    this.#timer = setInterval(() => this.check(), 100);
    this.#timer.unref();
  }

  get hasStalled(): boolean {
    return this.#hasStalled;
  }

  begin(timeoutMs = this.#timeoutMs): void {
    this.#timeoutMs = timeoutMs;
    this.#sinceMs = this.#nowMs();
  }

  finish(): void {
    this.#sinceMs = null;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  check(): void {
    if (this.#hasStalled || this.#sinceMs === null) return;
    if (this.#nowMs() - this.#sinceMs < this.#timeoutMs) return;
    this.#hasStalled = true;
    this.#onStall();
  }
}

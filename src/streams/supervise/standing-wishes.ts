import type { MediaInput } from '../media-input.js';

/** What is asked of a source, and holds for each of its connections. */
export class StandingWishes {
  #input: MediaInput | null = null;
  #preview = false;
  #paused = false;

  setPreview(on: boolean): void {
    this.#preview = on;
    this.#input?.setPreview(on);
  }

  pause(): void {
    this.#paused = true;
    this.#input?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#input?.resume();
  }

  /** They hold for this connection's input from now on; null between connections. */
  holdFor(input: MediaInput | null): void {
    this.#input = input;
    if (this.#preview) input?.setPreview(true);
    if (this.#paused) input?.pause();
  }
}

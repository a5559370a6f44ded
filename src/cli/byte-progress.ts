import { type Progress, startProgress } from './progress.js';

const BYTES_PER_MB = 1e6;

/** A bar in megabytes for each of several files that are read one after another. */
export class ByteProgress {
  #stage: string | undefined;
  #bar: Progress | undefined;

  update(stage: string, bytesDone: number, totalBytes: number): void {
    if (stage !== this.#stage) {
      this.stop();
      this.#stage = stage;
      this.#bar = startProgress(stage, totalBytes / BYTES_PER_MB, 'MB');
    }
    this.#bar?.update(bytesDone / BYTES_PER_MB);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

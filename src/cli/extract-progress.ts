import type { VideoOutcome } from '../server/offline/extract/extract-videos.js';
import type { Video } from '../server/offline/extract/video.js';
import { type Progress, startProgress } from './progress.js';

/** Counts what an extraction has done, and shows it as a bar over media seconds. */
export class ExtractProgress {
  readonly failed: Extract<VideoOutcome, { type: 'failed' }>[] = [];
  numWritten = 0;
  numSegmentsLeftOut = 0;
  readonly #videos: readonly Video[];
  readonly #durations = new Map<Video, number>();
  readonly #done = new Map<Video, number>();
  #bar: Progress | undefined;

  constructor(videos: readonly Video[]) {
    this.#videos = videos;
  }

  /** Media seconds that went through the networks. */
  get mediaSeconds(): number {
    return sum(this.#done.values());
  }

  opened(video: Video, durationSeconds: number | null): void {
    const wanted = Math.min(video.limitSeconds ?? Infinity, durationSeconds ?? Infinity);
    if (Number.isFinite(wanted)) this.#durations.set(video, wanted);
    const total = this.#estimate();
    this.#bar ??= startProgress('extracting', total, 's');
    this.#bar.setTotal(total);
  }

  advanced(video: Video, secondsDone: number): void {
    this.#done.set(video, secondsDone);
    this.#bar?.update(this.mediaSeconds);
  }

  ended(outcome: VideoOutcome): void {
    if (outcome.type === 'failed') {
      this.failed.push(outcome);
      this.#durations.set(outcome.video, 0);
      return;
    }
    this.numWritten += 1;
    this.numSegmentsLeftOut += outcome.numSkipped;
  }

  stop(): void {
    this.#bar?.stop();
  }

  /** The length of a video that is not open yet is guessed from its bytes, by those that are. */
  #estimate(): number {
    const known = sum(this.#durations.values());
    const knownBytes = sum([...this.#durations.keys()].map(({ numBytes }) => numBytes ?? 0));
    const secondsPerByte = knownBytes === 0 ? 0 : known / knownBytes;
    const rest = this.#videos.filter((video) => !this.#durations.has(video));
    return (
      known +
      sum(
        rest.map(({ limitSeconds, numBytes }) =>
          numBytes === null
            ? (limitSeconds ?? 0)
            : Math.min(limitSeconds ?? Infinity, numBytes * secondsPerByte),
        ),
      )
    );
  }
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

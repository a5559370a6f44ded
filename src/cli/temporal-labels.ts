import { annotatedSegment, readAnnotations, segmentAtSeconds } from '../training/dataset/index.js';
import { ByteProgress } from './byte-progress.js';

/** Annotated segments by video id. */
export type WantedSegments = ReadonlyMap<string, ReadonlySet<number>>;

/**
 * Reads which segments are annotated, with a progress bar. Videos whose annotations are faulty are reported and left out.
 * @throws {EvokedError} ERR_FILE_FORMAT
 */
export async function readWantedSegments(labels: string): Promise<WantedSegments> {
  const progress = new ByteProgress();
  try {
    const { videos, skipped } = await readAnnotations(labels, (...bytes) =>
      progress.update('labels', ...bytes),
    );
    progress.stop();
    for (const { id, reason } of skipped) console.error(`annotations of ${id} are not used: ${reason}`);
    return new Map(
      Array.from(videos, ([id, { timesUs }]) => [id, new Set(Array.from(timesUs, annotatedSegment))]),
    );
  } finally {
    progress.stop();
  }
}

/** Whether a segment that begins at `seconds` is annotated; null where the video is not. */
export function annotatedSegments(wanted: WantedSegments, id: string): ((seconds: number) => boolean) | null {
  const segments = wanted.get(id);
  if (segments === undefined) return null;
  return (seconds) => {
    const segment = segmentAtSeconds(seconds);
    return segment !== null && segments.has(segment);
  };
}

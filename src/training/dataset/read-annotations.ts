import { readVideoRows, type VideoRows } from './video-rows.js';

/** A video, or one modality of it, that was left out, and why. */
export interface SkippedVideo {
  readonly id: string;
  /** One line; names the file's line where there is one. */
  readonly reason: string;
}

/** What a file of annotations holds. */
export interface Annotations {
  /** By id, in the order of the file; videos without a single annotated row are not among them. */
  readonly videos: ReadonlyMap<string, VideoRows>;
  readonly skipped: readonly SkippedVideo[];
  /** Rows of zeros, "no detection", over the whole file. */
  readonly numUndetected: number;
}

/**
 * Reads EEV's CSV into memory: 68 bytes an annotated row.
 * @throws {EvokedError} ERR_FILE_FORMAT with the line, where the file as a whole is malformed
 */
export async function readAnnotations(
  path: string,
  onProgress?: (bytesDone: number, totalBytes: number) => void,
): Promise<Annotations> {
  const videos = new Map<string, VideoRows>();
  const reasons = new Map<string, string>();
  let numUndetected = 0;
  const rows = readVideoRows(path, { kind: 'annotations', ...(onProgress && { onProgress }) });
  for await (const video of rows) {
    if (video.type === 'fault') {
      videos.delete(video.id);
      reasons.set(video.id, video.reason);
      continue;
    }
    numUndetected += video.numUndetected;
    if (video.timesUs.length > 0) videos.set(video.id, video);
    else reasons.set(video.id, `none of its ${video.numUndetected} rows has a detection`);
  }
  return { videos, skipped: Array.from(reasons, ([id, reason]) => ({ id, reason })), numUndetected };
}

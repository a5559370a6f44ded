import { catchError, concatMap, from, map, mergeMap, type Observable, of } from 'rxjs';
import { EvokedError, type ErrorCode } from '../../../core/errors.js';
import { openFiniteInput } from '../open-finite-input.js';
import type { EmbedPool } from './embed-pool.js';
import { extractMedia } from './extract-media.js';
import { featurePath, writeFeatureFile } from './feature-file.js';
import type { ExtractorDigests } from './extractor-choice.js';
import { featureMetadata, type Video } from './video.js';

/** Videos to extract, and who hears of it. */
export interface ExtractVideosOptions {
  readonly videos: readonly Video[];
  /** Folder of the feature files; must exist. */
  readonly folder: string;
  readonly digests: ExtractorDigests;
  readonly pool: EmbedPool;
  /** Videos that are decoded at the same time. */
  readonly numVideos: number;
  /** `durationSeconds` null where it is not known. */
  readonly onOpened?: (video: Video, durationSeconds: number | null) => void;
  readonly onProgress?: (video: Video, secondsDone: number) => void;
}

/** How it went with one video. */
export type VideoOutcome =
  | {
      readonly type: 'written';
      readonly video: Video;
      readonly numRows: number;
      /** Segments left out because a modality that the file has was missing in them. */
      readonly numSkipped: number;
    }
  /** It cannot be read as media; the others go on. */
  | { readonly type: 'failed'; readonly video: Video; readonly code: ErrorCode; readonly message: string };

/**
 * Extracts videos into feature files, several at a time; outcomes come as they get done. A video that cannot be decoded fails
 * alone, anything else (a network, the disk) ends the work. Cold; unsubscribing stops it, and leaves whole files only.
 * @throws {EvokedError} ERR_FILE_WRITE, ERR_MODEL_WORKER, ERR_MODEL_INPUT
 */
export function extractVideos(options: ExtractVideosOptions): Observable<VideoOutcome> {
  return from(options.videos).pipe(mergeMap((video) => extractVideo(video, options), options.numVideos));
}

function extractVideo(video: Video, options: ExtractVideosOptions): Observable<VideoOutcome> {
  const { folder, digests, pool, onOpened, onProgress } = options;
  const { limitSeconds } = video;
  return extractMedia({
    input: openFiniteInput(video.url),
    pool,
    ...(limitSeconds !== undefined && { limitSeconds }),
    onTracks: ({ durationSeconds }) => onOpened?.(video, durationSeconds),
    onProgress: (secondsDone) => onProgress?.(video, secondsDone),
  }).pipe(
    concatMap(async ({ tensors, numRows, numSkipped }) => {
      await writeFeatureFile(featurePath(folder, video), tensors, featureMetadata(video, digests));
      return { type: 'written' as const, video, numRows, numSkipped };
    }),
    map((outcome): VideoOutcome => outcome),
    catchError((error: unknown) => {
      if (error instanceof EvokedError && isAboutMedia(error.code)) {
        const { code, message } = error;
        return of({ type: 'failed' as const, video, code, message });
      }
      throw error;
    }),
  );
}

function isAboutMedia(code: ErrorCode): boolean {
  return code.startsWith('ERR_SOURCE_') || code.startsWith('ERR_DECODE_');
}

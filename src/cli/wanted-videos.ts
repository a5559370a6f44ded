import { EvokedError } from '../core/errors.js';
import { filmVideo, findVideos } from '../server/offline/extract/find-videos.js';
import type { Video } from '../server/offline/extract/video.js';
import { readVideoRows } from '../training/dataset/index.js';
import type { Unmatched } from './extract-report.js';

/** Flags of `evoked extract` that say which videos are meant. */
export interface VideoWishes {
  readonly limit?: number;
  /** CSV of EEV's form. */
  readonly labels?: string;
  /** Seed of films that are made on the way. */
  readonly films?: string;
  readonly count?: number;
  readonly first: number;
  readonly seconds?: number;
}

/**
 * The videos of a command line, those that are labelled where labels are given.
 * @throws {EvokedError} ERR_USAGE, ERR_SOURCE_UNREACHABLE, ERR_FILE_FORMAT (the labels)
 */
export async function wantedVideos(
  media: readonly string[],
  wishes: VideoWishes,
): Promise<{ readonly videos: readonly Video[]; readonly unmatched: Unmatched | null }> {
  const found = [...filmVideos(wishes), ...(await mediaVideos(media, wishes))];
  if (wishes.labels === undefined) return { videos: found, unmatched: null };
  const labelled = new Set<string>();
  for await (const { id } of readVideoRows(wishes.labels, { kind: 'annotations' })) labelled.add(id);
  const ids = new Set(found.map(({ id }) => id));
  return {
    videos: found.filter(({ id }) => labelled.has(id)),
    unmatched: {
      idsWithoutLabels: [...ids].filter((id) => !labelled.has(id)),
      idsWithoutVideo: [...labelled].filter((id) => !ids.has(id)),
    },
  };
}

function filmVideos({ films, count, first, seconds }: VideoWishes): Video[] {
  if (films === undefined) {
    if (count === undefined && seconds === undefined) return [];
    throw new EvokedError('ERR_USAGE', { what: '--count and --seconds go with --films SEED' });
  }
  if (count === undefined || seconds === undefined) {
    throw new EvokedError('ERR_USAGE', { what: '--films needs --count N and --seconds S' });
  }
  return Array.from({ length: count }, (_, index) => filmVideo(`${films}-${first + index}`, seconds));
}

function mediaVideos(media: readonly string[], { films, limit }: VideoWishes): Promise<Video[]> {
  if (media.length > 0 || films === undefined) return findVideos(media, limit);
  return Promise.resolve([]);
}

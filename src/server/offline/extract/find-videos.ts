import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { EvokedError } from '../../../core/errors.js';
import { filmFingerprint } from '../../../streams/film/encode/film-fingerprint.js';
import { parseSource } from '../../../streams/source/parse-source.js';
import { FILE_ENDINGS } from '../../../streams/source/source-schemes.js';
import type { Video } from './video.js';

/** Endings of media files in folders besides those that web addresses have. */
const MORE_ENDINGS = new Set([
  'ts',
  'mts',
  'm2ts',
  'mka',
  'mxf',
  'vob',
  'f4v',
  'asf',
  'y4m',
  'aif',
  'aiff',
  'wma',
]);

/** An id becomes a file name. */
const ID = /^[^/\\\0]+$/;

/**
 * The videos that arguments name: media files, the media files of folders (not of folders inside them), and films
 * `film:SEED`. In order of the arguments, then of names.
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE where a path does not exist; ERR_USAGE where a film has no limit, two videos
 * have one id, or nothing is found
 */
export async function findVideos(names: readonly string[], limitSeconds?: number): Promise<Video[]> {
  const videos: Video[] = [];
  for (const name of names) {
    const { kind, target } = parseSource(name, null);
    if (kind === 'film') videos.push(filmVideo(target, limitSeconds));
    else if (kind === 'file') videos.push(...(await pathVideos(target, limitSeconds)));
    else throw usage('features are extracted from files, folders and films', name);
  }
  if (videos.length === 0) throw usage('there is no media file', names.join(', '), 'a folder of videos');
  const byId = new Map<string, Video>();
  for (const video of videos) {
    const other = byId.get(video.id);
    if (other !== undefined) {
      throw usage(`two videos have the id ${video.id}`, `${other.url} and ${video.url}`, 'different names');
    }
    byId.set(video.id, video);
  }
  return videos;
}

/**
 * The built-in film of a seed, as a video.
 * @throws {EvokedError} ERR_USAGE where it has no limit, or its seed is no file name
 */
export function filmVideo(seed: string, limitSeconds: number | undefined): Video {
  const source = `film:${seed}`;
  if (limitSeconds === undefined) throw usage(`${source} never ends`, undefined, '--limit SECONDS');
  if (!ID.test(seed)) throw usage("a film becomes a file of its seed's name", source, 'no slashes in it');
  const state = { filmMaker: filmFingerprint(), ...limitState(limitSeconds) };
  return { id: seed, url: source, source, state, numBytes: null, limitSeconds };
}

async function pathVideos(path: string, limitSeconds: number | undefined): Promise<Video[]> {
  const stats = await coded(path, stat(path));
  if (!stats.isDirectory()) return [fileVideo(path, stats, limitSeconds)];
  const names = (await coded(path, readdir(path, { withFileTypes: true })))
    .filter((entry) => !entry.isDirectory() && isMedia(entry))
    .map(({ name }) => name)
    .toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = join(path, name);
      return fileVideo(file, await coded(file, stat(file)), limitSeconds);
    }),
  );
}

function isMedia({ name }: Dirent): boolean {
  const ending = extname(name).slice(1).toLowerCase();
  return !name.startsWith('.') && (FILE_ENDINGS.has(ending) || MORE_ENDINGS.has(ending));
}

function fileVideo(path: string, { size, mtimeMs }: Stats, limitSeconds: number | undefined): Video {
  const source = basename(path);
  const state = {
    sourceBytes: String(size),
    sourceModifiedMs: String(Math.round(mtimeMs)),
    ...limitState(limitSeconds),
  };
  const limit = limitSeconds === undefined ? {} : { limitSeconds };
  return { id: basename(path, extname(path)), url: path, source, state, numBytes: size, ...limit };
}

function limitState(limitSeconds: number | undefined): { limitSeconds?: string } {
  return limitSeconds === undefined ? {} : { limitSeconds: String(limitSeconds) };
}

async function coded<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what: `${path} cannot be opened`, got, cause });
  }
}

function usage(what: string, got?: string, expected?: string): EvokedError {
  return new EvokedError('ERR_USAGE', { what, ...(got && { got }), ...(expected && { expected }) });
}

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import { readVideoRows, type VideoFault, type VideoRows } from '../dataset/index.js';

/** Where scores are read from. */
export interface ScoreTablesOptions {
  /** A CSV of EEV's columns with any number of videos, or a folder of such files. */
  readonly path: string;
  readonly onProgress?: (bytesDone: number, totalBytes: number) => void;
}

/**
 * Reads scores as a stream, a video at a time. A fault takes back rows of the same id that were given before.
 * @throws {EvokedError} ERR_FILE_FORMAT where a file as a whole is malformed, or a folder has no CSV
 */
export async function* readScoreTables({
  path,
  onProgress,
}: ScoreTablesOptions): AsyncGenerator<VideoRows | VideoFault> {
  const files = await scoreFiles(path);
  const totalBytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const fileOfId = new Map<string, string>();
  let bytesBefore = 0;
  for (const { file, bytes } of files) {
    const progress = (bytesDone: number) => onProgress?.(bytesBefore + bytesDone, totalBytes);
    for await (const video of readVideoRows(file, { kind: 'scores', onProgress: progress })) {
      const first = fileOfId.get(video.id) ?? file;
      fileOfId.set(video.id, first);
      const reason = `its rows stand in two files, ${basename(first)} and ${basename(file)}`;
      yield first === file ? video : { type: 'fault', id: video.id, reason };
    }
    bytesBefore += bytes;
  }
}

async function scoreFiles(path: string): Promise<{ file: string; bytes: number }[]> {
  try {
    if ((await stat(path)).isFile()) return [await sized(path)];
    const names = (await readdir(path)).filter((name) => /\.csv$/i.test(name) && !name.startsWith('.'));
    if (names.length > 0) return await Promise.all(names.sort().map((name) => sized(join(path, name))));
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new EvokedError('ERR_FILE_FORMAT', { what: `${path} cannot be read`, got, cause });
  }
  throw new EvokedError('ERR_FILE_FORMAT', {
    what: `folder ${path} holds no scores`,
    expected: '.csv files',
  });
}

async function sized(file: string): Promise<{ file: string; bytes: number }> {
  return { file, bytes: (await stat(file)).size };
}

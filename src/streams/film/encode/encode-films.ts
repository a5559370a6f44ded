import { from, mergeMap, Observable } from 'rxjs';
import { replaceWhole } from '../../../core/partial-file.js';
import type { FilmJob } from './encode-messages.js';
import { encodeInProcess } from './encode-process.js';
import type { FilmFolder, FilmForm } from './film-folder.js';

/** How far the encoding of a film is. */
export interface FilmProgress {
  readonly seed: string;
  readonly secondsDone: number;
  /** The film is in its folder. */
  readonly isWhole: boolean;
}

/** Films to encode. */
export interface EncodeFilmsOptions {
  readonly folder: FilmFolder;
  readonly form: FilmForm;
  readonly seeds: readonly string[];
  /** Processes that run at the same time. */
  readonly numProcesses: number;
}

/**
 * Encodes films into their folder, several at a time. Cold; unsubscribing ends the processes, and leaves whole films only.
 * @throws {EvokedError} ERR_FILE_WRITE, ERR_NOT_SUPPORTED, ERR_INTERNAL
 */
export function encodeFilms(options: EncodeFilmsOptions): Observable<FilmProgress> {
  const { folder, form, seeds, numProcesses } = options;
  return from(seeds).pipe(mergeMap((seed) => encodeFilm(folder, { ...form, seed }), numProcesses));
}

function encodeFilm(folder: FilmFolder, job: FilmJob): Observable<FilmProgress> {
  const { seed, seconds } = job;
  return new Observable((subscriber) => {
    const ending = new AbortController();
    const watcher = {
      signal: ending.signal,
      onProgress: (secondsDone: number) => subscriber.next({ seed, secondsDone, isWhole: false }),
    };
    replaceWhole(folder.filmPath(seed), (path) => encodeInProcess({ job, path }, watcher)).then(
      () => {
        subscriber.next({ seed, secondsDone: seconds, isWhole: true });
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => ending.abort();
  });
}

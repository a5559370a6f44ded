import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from '../../../core/errors.js';
import { removeAbandoned, replaceWhole } from '../../../core/partial-file.js';
import type { FilmJob } from './encode-messages.js';
import { filmFingerprint } from './film-fingerprint.js';

/** What all films of a folder have in common. */
export type FilmForm = Omit<FilmJob, 'seed'>;

const FORM_FILE = 'films.json';
const ENDING = '.mp4';

/**
 * A folder of encoded films, `<seed>.mp4`. All of them are of one form and one film maker: what is there is known to be what
 * would be made anew.
 */
export class FilmFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Opens a folder, or makes it.
   * @throws {EvokedError} ERR_FILE_FORMAT where it holds films of another form; ERR_FILE_WRITE
   */
  static async open(path: string, form: FilmForm): Promise<FilmFolder> {
    const wanted = JSON.stringify({ ...form, filmMaker: filmFingerprint() });
    const formFile = join(path, FORM_FILE);
    await makeFolder(path);
    const found = await readFile(formFile, 'utf8').catch(() => null);
    if (found === null) await replaceWhole(formFile, (partial) => writeFile(partial, wanted));
    else if (found !== wanted) {
      throw new EvokedError('ERR_FILE_FORMAT', {
        what: `${path} holds other films`,
        got: found.slice(0, 200),
        expected: `${wanted}, or another folder`,
      });
    }
    await removeAbandoned(path);
    return new FilmFolder(path);
  }

  /** Seeds of the films that are there whole, in order of name. */
  async seeds(): Promise<string[]> {
    const names = await readdir(this.path);
    return names
      .filter((name) => name.endsWith(ENDING))
      .map((name) => name.slice(0, -ENDING.length))
      .toSorted();
  }

  filmPath(seed: string): string {
    return join(this.path, `${seed}${ENDING}`);
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (cause) {
    const got = cause instanceof Error && 'code' in cause ? String(cause.code) : 'an error';
    throw new EvokedError('ERR_FILE_WRITE', { what: `folder ${path} cannot be made`, got, cause });
  }
}

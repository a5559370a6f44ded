import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from './parse-source.js';

/** Endings of the files of a folder that count as its images. */
export const IMAGE_ENDINGS: ReadonlySet<string> = new Set([
  ...['.png', '.jpg', '.jpeg', '.webp', '.bmp', '.gif', '.tif', '.tiff'],
  ...['.ppm', '.pgm', '.pbm', '.pnm', '.qoi'],
]);

/** Frame 2 comes before frame 10. */
const byNumber = new Intl.Collator('en', { numeric: true });

/** The spec of a path that turns out to be a folder: `images`. Any other spec as it is. */
export async function withImageFolder(spec: SourceSpec): Promise<SourceSpec> {
  if (spec.kind !== 'file') return spec;
  // What cannot be looked at is told when it is opened.
  const found = await stat(spec.target).catch(() => null);
  return found?.isDirectory() === true ? { ...spec, kind: 'images' } : spec;
}

/**
 * Paths of the images of a folder, in the natural order of their names. Hidden files, other files and folders are left out.
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE, or ERR_SOURCE_NO_TRACKS when there is none
 */
export async function listImages(spec: SourceSpec): Promise<string[]> {
  const names = await readdir(spec.target).catch((cause: unknown) => {
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', {
      what: `The folder cannot be read (${spec.display})`,
      cause,
    });
  });
  const images = names.filter(
    (name) => !name.startsWith('.') && IMAGE_ENDINGS.has(extname(name).toLowerCase()),
  );
  if (images.length === 0) {
    throw new EvokedError('ERR_SOURCE_NO_TRACKS', {
      what: `The folder holds no images (${spec.display})`,
      got: `${names.length} other file(s)`,
      expected: [...IMAGE_ENDINGS].join(' '),
    });
  }
  const inOrder = (a: string, b: string): number => byNumber.compare(a, b) || (a < b ? -1 : 1);
  return images.sort(inOrder).map((name) => join(spec.target, name));
}

import type { FormatContext } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { MAX_PICTURE } from './accepted-media.js';

/** The error of a source that states a picture beyond what is decoded, null where none does. */
export function pictureTooLarge({ streams }: FormatContext, { display }: SourceSpec): EvokedError | null {
  const large = streams.find(({ codecpar }) => codecpar.width * codecpar.height > MAX_PICTURE.pixels);
  if (large === undefined) return null;
  return new EvokedError('ERR_SOURCE_TOO_LARGE', {
    what: `The pictures of the source are too large (${display})`,
    got: `${large.codecpar.width}x${large.codecpar.height}`,
    expected: `at most as many pixels as ${MAX_PICTURE.width}x${MAX_PICTURE.height} has`,
  });
}

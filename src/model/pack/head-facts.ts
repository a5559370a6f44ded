import { EvokedError } from '../../core/errors.js';
import { partExtractorDigest } from './extractor-digest.js';
import type { PackExtractor } from './manifest.js';

/** What a tower file of `evoked train` says of itself, besides its scale; null where it does not, as other files. */
export interface HeadFacts {
  /** Longest time in seconds that training saw. */
  readonly maxSeconds: number | null;
  readonly trainedOn: string | null;
  /** Digest of the extractor whose features it was trained on. */
  readonly extractorDigest: string | null;
}

/**
 * Reads a tower file's metadata.
 * @param name of the file, for the error
 * @throws {EvokedError} ERR_FILE_FORMAT where a number is none, or not above 0
 */
export function headFacts(name: string, metadata: ReadonlyMap<string, string>): HeadFacts {
  const number = (key: string): number | null => {
    const stated = metadata.get(key);
    if (stated === undefined) return null;
    const value = Number(stated);
    if (Number.isFinite(value) && value > 0) return value;
    throw new EvokedError('ERR_FILE_FORMAT', { what: `${key} of ${name} is no number above 0`, got: stated });
  };
  return {
    maxSeconds: number('maxSeconds'),
    trainedOn: metadata.get('trainedOn') ?? null,
    extractorDigest: metadata.get('extractor') ?? null,
  };
}

/**
 * Checks that a tower is put behind the extractor that it was trained on: on other features its scores are nonsense.
 * @param name of the tower's file, for the error
 * @throws {EvokedError} ERR_MODEL_WEIGHTS where both are known and differ
 */
export function requireExtractor(
  name: string,
  { extractorDigest }: HeadFacts,
  extractor: PackExtractor | undefined,
): void {
  if (extractorDigest === null || extractor === undefined) return;
  const digest = partExtractorDigest(extractor);
  if (digest === extractorDigest) return;
  throw new EvokedError('ERR_MODEL_WEIGHTS', {
    what: `${name} was trained on features of another extractor than the pack's`,
    got: `extractor ${digest.slice(0, 12)}…`,
    expected: `${extractorDigest.slice(0, 12)}…`,
  });
}

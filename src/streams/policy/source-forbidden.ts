import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';

/** The error of a source that a request may not name. `got` and `expected` hold no credentials. */
export function sourceForbidden(
  { display }: Pick<SourceSpec, 'display'>,
  got: string,
  expected: string,
): EvokedError {
  return new EvokedError('ERR_SOURCE_FORBIDDEN', {
    what: `The source is not one that a request may name (${display})`,
    got,
    expected,
  });
}

/**
 * The error of a source at a forbidden address.
 * @param host as the URL, the playlist or the redirect names it
 * @param objection what the address is, in words
 */
export function addressForbidden(
  spec: Pick<SourceSpec, 'display'>,
  host: string,
  address: string,
  objection: string,
): EvokedError {
  // Whoever asks does not learn from it what the names of this network stand for.
  const isAddress = host === address;
  const expected = `source.allowAddresses to list ${isAddress ? address : 'its address'} (flag --allow-address ${isAddress ? address : 'ADDRESS'})`;
  return sourceForbidden(spec, `${host}, ${objection}`, expected);
}

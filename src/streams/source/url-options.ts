import { EvokedError } from '../../core/errors.js';

/** Names and values as written; where a parameter has no value, ''. */
export type UrlOptions = ReadonlyMap<string, string>;

/** What FFmpeg's own names of options are made of. */
const PLAIN_NAME = /^[a-z0-9_]+$/;

/** Options that decide who may send, and the only ways to write them that every version of FFmpeg reads alike. */
const EXACT_VALUES: Readonly<Record<string, readonly string[]>> = {
  mode: ['caller', 'listener', 'rendezvous'],
  enforced_encryption: ['0', '1'],
};

/**
 * The parameters of a URL where FFmpeg looks for them: behind the first question mark, between ampersands, up to the first equals
 * sign. A hash is nothing special there, and nothing is decoded.
 */
export function urlParameters(url: string): (readonly [name: string, value: string])[] {
  const at = url.indexOf('?');
  if (at < 0) return [];
  const pairs = url.slice(at + 1).split('&');
  return pairs.filter((pair) => pair !== '').map(splitPair);
}

/**
 * The options that FFmpeg reads from the URL of an SRT or UDP source. What its versions read in different ways is refused: they
 * differ in whether names are decoded, in which of two wins, and in what is a number.
 * @throws {EvokedError} ERR_SOURCE_URL, which repeats no value but one of `mode` or `enforced_encryption`
 */
export function urlOptions(url: string): UrlOptions {
  const options = new Map<string, string>();
  for (const [name, value] of urlParameters(url)) {
    const shown = name.slice(0, 40);
    if (!PLAIN_NAME.test(name)) throw badOption(shown, 'names of a-z, 0-9 and _');
    if (options.has(name)) throw badOption(`${shown} twice`, 'each once');
    const known = Object.hasOwn(EXACT_VALUES, name) ? EXACT_VALUES[name] : undefined;
    if (known?.includes(value) === false)
      throw badOption(`${name}=${value.slice(0, 40)}`, known.join(' or '));
    options.set(name, value);
  }
  return options;
}

function splitPair(pair: string): readonly [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
}

function badOption(got: string, expected: string): EvokedError {
  const what = 'A parameter of a source URL cannot be read without doubt';
  return new EvokedError('ERR_SOURCE_URL', { what, got, expected });
}

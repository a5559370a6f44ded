import { fileURLToPath } from 'node:url';
import { EvokedError } from '../../core/errors.js';
import { redactUrl } from '../../core/redact-url.js';
import { checkSource } from '../policy/check-source.js';
import type { SourcePolicy } from '../policy/source-policy.js';
import {
  FILE_ENDINGS,
  PLAYLIST_ENDINGS,
  RADIO_ENDINGS,
  SOURCE_SCHEMES,
  schemeOf,
  type SourceKind,
  type SourceScheme,
} from './source-schemes.js';
import { urlOptions, urlParameters } from './url-options.js';

/** The film's seed where none is given. */
export const DEFAULT_FILM_SEED = 'evoked';

/** A source URL, understood. */
export interface SourceSpec {
  readonly kind: SourceKind;
  /**
   * True: runs on its own clock, is reconnected when it ends or fails, and sheds segments under load. False: may be read at
   * any speed, and a failure is final.
   */
  readonly live: boolean;
  /** Whether the source has an end, and can be read faster than it plays. */
  readonly finite: boolean;
  /** A capture device of this machine. */
  readonly device: boolean;
  /** Waits for a sender to call, however long that takes. */
  readonly listens: boolean;
  /**
   * What to open: the address itself (may hold credentials), a path, the film's seed, the device's name ('' for any), or the key
   * of a pushed stream ('' for none).
   */
  readonly target: string;
  /** The URL without credentials: the only form to show, log or send. */
  readonly display: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]+):(.*)$/is;

/**
 * Reads a source URL or plain path. Opens nothing: whether a host answers or a file exists shows when it is opened.
 * @param policy what it is held against; null for a source of the operator's own
 * @throws {EvokedError} ERR_SOURCE_URL when the URL is malformed or its scheme unknown; ERR_SOURCE_FORBIDDEN or
 * ERR_SOURCE_DEVICE when the policy does not allow it
 */
export function parseSource(url: string, policy: SourcePolicy | null): SourceSpec {
  const spec = readSource(url);
  return policy === null ? spec : checkSource(spec, policy);
}

function readSource(url: string): SourceSpec {
  const text = url.trim();
  if (text === '') throw badUrl('A source URL is empty', '""', 'a URL or a path');
  if (text.includes('\0'))
    throw badUrl('A source URL holds a NUL character', redactUrl(text.replaceAll('\0', '?')));
  const [, name, rest] = SCHEME.exec(text) ?? [];
  if (name === undefined || rest === undefined) return pathSpec(text);
  const scheme = schemeOf(name.toLowerCase());
  if (scheme === undefined) {
    const known = Object.keys(SOURCE_SCHEMES).map((each) => `${each}:`);
    const expected = `one of ${known.join(' ')} or a path (write ./ before a file name with a colon)`;
    throw badUrl('The scheme of a source URL is not supported', `${name}:`, expected);
  }
  switch (scheme.form) {
    case 'path':
      return fileSpec(filePath(text));
    case 'name':
      return nameSpec(scheme, name.toLowerCase(), decodeName(rest));
    case 'key':
      return keySpec(scheme, rest);
    case 'network':
      return networkSpec(scheme, name.toLowerCase(), text);
  }
}

/** Four numbers with dots between them, or an address in brackets: a file of that name is written with ./ before it. */
const BARE_ADDRESS = /^(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d+)?(?:\/.*)?$/i;

function pathSpec(path: string): SourceSpec {
  const host = BARE_ADDRESS.exec(path)?.[1];
  if (host === undefined) return fileSpec(path);
  throw badUrl('A source URL has no scheme', host, `a URL such as rtsp://${host}/…`);
}

function fileSpec(path: string): SourceSpec {
  const traits = { live: false, finite: true, device: false, listens: false } as const;
  return { kind: 'file', ...traits, target: path, display: path };
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw badUrl(
      'A file URL does not name a file of this machine',
      redactUrl(url),
      'file:///path/to/file',
      cause,
    );
  }
}

function nameSpec(scheme: SourceScheme, name: string, target: string): SourceSpec {
  const { kind, live, device } = scheme;
  const chosen = kind === 'film' && target === '' ? DEFAULT_FILM_SEED : target;
  const display = `${name}:${chosen}`;
  return { kind, live, finite: false, device, listens: false, target: chosen, display };
}

/** Long enough not to be guessed; characters that every encoder's settings take. */
const STREAM_KEY = /^([A-Za-z0-9_-]{16,200})?$/;

function keySpec({ kind, live }: SourceScheme, key: string): SourceSpec {
  // The key is not repeated: whoever has it may push.
  if (!STREAM_KEY.test(key)) {
    throw badUrl(
      'The key of a pushed stream cannot be used',
      'push:…',
      '16 to 200 of A-Z, a-z, 0-9, _ and -',
    );
  }
  const display = key === '' ? 'push:' : 'push:***';
  return { kind, live, finite: false, device: false, listens: true, target: key, display };
}

function decodeName(text: string): string {
  const name = text.replace(/^\/\//, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function networkSpec(scheme: SourceScheme, name: string, text: string): SourceSpec {
  const address = parseAddress(scheme, name, text);
  const ending = /\.([a-z0-9]+)$/i.exec(address.pathname)?.[1]?.toLowerCase() ?? '';
  const isWeb = scheme.kind === 'http';
  const isFile = isWeb && FILE_ENDINGS.has(ending) && !RADIO_ENDINGS.has(ending);
  const kind = isWeb && PLAYLIST_ENDINGS.has(ending) ? 'hls' : scheme.kind;
  const display = redactUrl(text);
  // Refuses what FFmpeg would read in another way than is checked here.
  if (kind === 'udp') urlOptions(text);
  const traits = { live: !isFile, finite: isFile, device: false, listens: isListening(kind, text) };
  // FFmpeg knows its protocols in lower case only.
  return { kind, ...traits, target: `${name}${text.slice(name.length)}`, display };
}

function isListening(kind: SourceKind, text: string): boolean {
  if (kind === 'srt') return urlOptions(text).get('mode') === 'listener';
  return kind === 'rtmp' && urlParameters(text).some(([name, value]) => name === 'listen' && value !== '0');
}

function parseAddress(scheme: SourceScheme, name: string, text: string): URL {
  const form = `${name}://host${scheme.needsPort ? ':port' : '[:port]'}/…`;
  // What cannot be parsed is not repeated: there is no telling where in it a password is.
  const got = `${name}:…`;
  // udp://:1234 and srt://:1234 listen on every address; the URL standard knows no empty host before a port.
  const listening = scheme.needsPort ? text.replace(/^([a-z]+:\/\/@?)(?=:\d)/i, '$10.0.0.0') : text;
  let address: URL;
  try {
    address = new URL(listening);
  } catch (cause) {
    throw badUrl('A source URL cannot be parsed', got, form, cause);
  }
  if (!/^[a-z]+:\/\//i.test(text) || address.hostname === '') {
    throw badUrl('A source URL names no host', got, form);
  }
  if (scheme.needsPort && address.port === '')
    throw badUrl('A source URL names no port', redactUrl(text), form);
  return address;
}

function badUrl(what: string, got: string, expected?: string, cause?: unknown): EvokedError {
  return new EvokedError('ERR_SOURCE_URL', {
    what,
    got,
    ...(expected && { expected }),
    ...(cause ? { cause } : {}),
  });
}

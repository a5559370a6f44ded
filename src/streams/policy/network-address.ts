import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';

/** A network source's URL, taken apart so that it can be put together again around another host. */
export interface NetworkAddress {
  readonly scheme: string;
  /** A name, or an address as the WHATWG writes it: dotted decimals or colons without brackets, whatever form was given. */
  readonly host: string;
  /** Null where the URL names none. */
  readonly port: number | null;
  /** User and password as written, with the @; empty where there are none. */
  readonly userinfo: string;
  /** As written, with the leading slash; empty where there is none. */
  readonly path: string;
  /** As written, with the question mark; empty where there is none. */
  readonly query: string;
}

/** What stands between the slashes and the path, user and password taken off. */
const AUTHORITY = /^[a-z]+:\/\/(?:([^/?#]*)@)?([^/?#]*)/i;

/**
 * Takes the URL of a network source apart.
 * @throws {EvokedError} ERR_SOURCE_URL where its host is none
 */
export function networkAddress({ target, display }: Pick<SourceSpec, 'target' | 'display'>): NetworkAddress {
  const [start = '', user = '', authority = ''] = AUTHORITY.exec(target) ?? [];
  const [, named = '', portText = ''] = /^(.*?)(?::(\d*))?$/.exec(authority) ?? [];
  const scheme = target.slice(0, target.indexOf(':'));
  const written = target.slice(start.length);
  // FFmpeg knows no fragments there, and an SRT stream id begins with a hash.
  const rest = ['srt', 'udp'].includes(scheme) ? written : written.replace(/#.*$/s, '');
  const queryAt = rest.indexOf('?');
  return {
    scheme,
    // udp://:1234 and srt://:1234 listen on every address.
    host: named === '' ? '0.0.0.0' : plainHost(named, display),
    port: portText === '' ? null : Number(portText),
    userinfo: user === '' ? '' : `${user}@`,
    path: queryAt < 0 ? rest : rest.slice(0, queryAt),
    query: queryAt < 0 ? '' : rest.slice(queryAt),
  };
}

/** A host as a URL holds it: IPv6 in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** 0x7f.1, 017700000001 and 2130706433 are 127.0.0.1; the WHATWG's parser of web addresses knows all of these forms. */
function plainHost(named: string, display: string): string {
  try {
    return new URL(`http://${named}/`).hostname.replace(/^\[(.*)\]$/, '$1');
  } catch (cause) {
    throw new EvokedError('ERR_SOURCE_URL', {
      what: `A source URL names a host that is none (${display})`,
      cause,
    });
  }
}

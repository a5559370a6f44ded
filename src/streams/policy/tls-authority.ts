import { isIP } from 'node:net';
import { urlHost } from './network-address.js';

/** Where a request is meant for, once the mark is off. */
export interface Authority {
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
}

/** Ending of a marked address, whose dots and colons a web address could not hold there. */
const ADDRESS_ENDING = '.address';

/**
 * FFmpeg speaks plain HTTP to the gateway alone, which speaks TLS where it is wanted. So https://host/… becomes
 * http://MARK.host:443/… wherever FFmpeg reads it: relative references keep the mark.
 */
export class TlsAuthority {
  readonly #mark: string;

  /** @param secret letters and digits that nobody else knows: what is marked is marked here */
  constructor(secret: string) {
    this.#mark = `tls${secret}.`;
  }

  /** A web address as FFmpeg is to see it. */
  hide({ protocol, hostname, port, username, password, pathname, search }: URL): string {
    const isTls = protocol === 'https:';
    const bare = hostname.replace(/^\[(.*)\]$/, '$1');
    const marked = isIP(bare) === 0 ? bare : bare.replaceAll('.', '-').replaceAll(':', '_') + ADDRESS_ENDING;
    const userinfo = username === '' && password === '' ? '' : `${username}:${password}@`;
    const authority = isTls ? `${this.#mark}${marked}:${port || '443'}` : `${hostname}${port && `:${port}`}`;
    return `http://${userinfo}${authority}${pathname}${search}`;
  }

  /** @param port null where the address that FFmpeg saw names none */
  reveal(host: string, port: number | null): Authority {
    if (!host.startsWith(this.#mark)) return { host, port: port ?? 80, isTls: false };
    const marked = host.slice(this.#mark.length);
    const plain = marked.endsWith(ADDRESS_ENDING)
      ? marked.slice(0, -ADDRESS_ENDING.length).replaceAll('-', '.').replaceAll('_', ':')
      : marked;
    return { host: plain, port: port ?? 443, isTls: true };
  }
}

/** The web address that FFmpeg meant, without user and password. */
export function webAddress({ host, port, isTls }: Authority, pathAndQuery: string): string {
  const usual = isTls ? 443 : 80;
  const authority = port === usual ? urlHost(host) : `${urlHost(host)}:${port}`;
  return `${isTls ? 'https' : 'http'}://${authority}${pathAndQuery}`;
}

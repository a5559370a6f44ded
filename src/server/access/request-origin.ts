import type { IncomingHttpHeaders } from 'node:http';
import { EvokedError } from '../../core/errors.js';
import { isLoopback } from './loopback.js';

/** Which pages and which names of this machine a request may come from. */
export interface OriginRules {
  readonly host: string;
  readonly allowedOrigins: readonly string[];
}

/**
 * Refuses a Host header that does not name this machine, while the server listens on loopback: a page whose name was made
 * to resolve to 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as the server. Elsewhere the token
 * protects, which such a page does not have.
 * @throws {EvokedError} ERR_AUTH_HOST
 */
export function checkHost(headers: IncomingHttpHeaders, rules: OriginRules): void {
  if (!isLoopback(rules.host)) return;
  const host = headers.host ?? '';
  const name = hostName(host);
  if (name !== null && isLoopback(name)) return;
  if (rules.allowedOrigins.some((origin) => new URL(origin).host === host.toLowerCase())) return;
  throw new EvokedError('ERR_AUTH_HOST', {
    what: 'the Host header does not name this machine',
    got: JSON.stringify(host.slice(0, 100)),
    expected: 'localhost, a loopback address, or the host of one of allowedOrigins',
  });
}

/**
 * Refuses a request that a page of another origin makes. Programs send neither Origin nor Sec-Fetch-Site and pass; so does
 * who follows a link.
 * @throws {EvokedError} ERR_AUTH_ORIGIN
 */
export function checkOrigin(headers: IncomingHttpHeaders, rules: OriginRules): void {
  const { origin, host } = headers;
  if (origin === undefined) {
    checkFetchSite(headers);
    return;
  }
  const lower = origin.toLowerCase();
  if (
    host !== undefined &&
    (lower === `http://${host}`.toLowerCase() || lower === `https://${host}`.toLowerCase())
  )
    return;
  if (isAllowedOrigin(origin, rules)) return;
  throw new EvokedError('ERR_AUTH_ORIGIN', {
    what: 'the request comes from a page of another origin',
    got: JSON.stringify(origin.slice(0, 100)),
    expected: 'the origin of this server, or one of allowedOrigins',
  });
}

/** Whether pages of an origin, as an Origin header states it, may use the API. */
export function isAllowedOrigin(origin: string, { allowedOrigins }: OriginRules): boolean {
  return allowedOrigins.some((allowed) => new URL(allowed).origin === origin.toLowerCase());
}

/**
 * A page may send a GET whose answer it will not see (`mode: 'no-cors'`), and a browser puts no Origin on it. Its event
 * streams would take the places of subscribers all the same.
 */
function checkFetchSite(headers: IncomingHttpHeaders): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = headers;
  if (site === undefined || site === 'same-origin' || site === 'none' || mode === 'navigate') return;
  throw new EvokedError('ERR_AUTH_ORIGIN', {
    what: 'the request comes from a page of another origin',
    got: `Sec-Fetch-Site: ${JSON.stringify(String(site).slice(0, 40))}`,
    expected: 'the origin of this server, or one of allowedOrigins with an Origin header',
  });
}

function hostName(host: string): string | null {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return null;
  }
}

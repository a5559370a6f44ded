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
 * Refuses a request that a page of another origin makes. Programs send no Origin header and pass.
 * @throws {EvokedError} ERR_AUTH_ORIGIN
 */
export function checkOrigin(headers: IncomingHttpHeaders, rules: OriginRules): void {
  const { origin, host } = headers;
  if (origin === undefined) return;
  const lower = origin.toLowerCase();
  if (
    host !== undefined &&
    (lower === `http://${host}`.toLowerCase() || lower === `https://${host}`.toLowerCase())
  )
    return;
  if (rules.allowedOrigins.some((allowed) => new URL(allowed).origin === lower)) return;
  throw new EvokedError('ERR_AUTH_ORIGIN', {
    what: 'the request comes from a page of another origin',
    got: JSON.stringify(origin.slice(0, 100)),
    expected: 'the origin of this server, or one of allowedOrigins',
  });
}

function hostName(host: string): string | null {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    return null;
  }
}

import { isIP } from 'node:net';
import { EvokedError } from '../../core/errors.js';

/** Shortest token that an address other than loopback is opened with. */
export const MIN_TOKEN_LENGTH = 16;

/** Whether only this machine can reach a server that listens on `host`. Names other than localhost count as not. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1') return true;
  return isIP(bare) === 4 && bare.startsWith('127.');
}

/**
 * Refuses to open the server to a network without a token.
 * @throws {EvokedError} ERR_CONFIG_INVALID
 */
export function requireTokenBeyondLoopback(host: string, token: string): void {
  if (isLoopback(host) || token.length >= MIN_TOKEN_LENGTH) return;
  throw new EvokedError('ERR_CONFIG_INVALID', {
    what: `host ${host} can be reached from other machines, so token must be set`,
    got: token === '' ? 'no token' : `a token of ${token.length} characters`,
    expected: `at least ${MIN_TOKEN_LENGTH} characters`,
  });
}

import { createHmac, randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../core/clock.js';
import { sameSecret } from '../../core/constant-time.js';
import { EvokedError } from '../../core/errors.js';

/** Subprotocol that a score subscription speaks. */
export const SUBPROTOCOL = 'evoked.v1';

/** A browser cannot set headers on a WebSocket, so it may offer this prefix plus the token in base64url as a subprotocol. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'evoked.v1.token.';

/** Name of the login cookie. */
export const COOKIE_NAME = 'evoked_login';

const LOGIN_MS = 12 * 3600 * 1000;

/**
 * Knows the token and nothing of HTTP but headers. A login is a signed expiry time: nothing is stored, and it ends with the
 * process, whose key signed it.
 */
export class Authenticator {
  readonly #token: string;
  readonly #clock: Clock;
  readonly #loginKey = randomBytes(32);

  /** @param token empty for no authentication at all */
  constructor(token: string, clock: Clock) {
    this.#token = token;
    this.#clock = clock;
  }

  get required(): boolean {
    return this.#token !== '';
  }

  /** @throws {EvokedError} ERR_AUTH_REQUIRED */
  check(headers: IncomingHttpHeaders): void {
    if (!this.required || this.#hasToken(headers) || this.#hasLogin(headers)) return;
    throw authRequired('the request carries no valid token');
  }

  /**
   * Exchanges the token for the value of a Set-Cookie header.
   * @throws {EvokedError} ERR_AUTH_REQUIRED
   */
  login(token: string): string {
    if (this.required && !sameSecret(token, this.#token)) throw authRequired('the token is not valid');
    const expiresAtMs = Math.round(this.#clock.nowMs()) + LOGIN_MS;
    const value = `${expiresAtMs}.${this.#sign(expiresAtMs)}`;
    return `${COOKIE_NAME}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${LOGIN_MS / 1000}`;
  }

  #hasToken(headers: IncomingHttpHeaders): boolean {
    const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (bearer !== undefined) return sameSecret(bearer, this.#token);
    const offered = splitList(headers['sec-websocket-protocol'], ',').find((p) =>
      p.startsWith(TOKEN_SUBPROTOCOL_PREFIX),
    );
    if (offered === undefined) return false;
    const token = Buffer.from(offered.slice(TOKEN_SUBPROTOCOL_PREFIX.length), 'base64url').toString();
    return sameSecret(token, this.#token);
  }

  #hasLogin(headers: IncomingHttpHeaders): boolean {
    const cookie = splitList(headers.cookie, ';').find((c) => c.startsWith(`${COOKIE_NAME}=`));
    const [expiresAt, signature] = cookie?.slice(COOKIE_NAME.length + 1).split('.') ?? [];
    if (expiresAt === undefined || signature === undefined) return false;
    const expiresAtMs = Number(expiresAt);
    return sameSecret(signature, this.#sign(expiresAtMs)) && expiresAtMs > this.#clock.nowMs();
  }

  #sign(expiresAtMs: number): string {
    return createHmac('sha256', this.#loginKey).update(String(expiresAtMs)).digest('base64url');
  }
}

function splitList(header: string | undefined, separator: string): string[] {
  return (header ?? '').split(separator).map((part) => part.trim());
}

function authRequired(what: string): EvokedError {
  return new EvokedError('ERR_AUTH_REQUIRED', {
    what,
    expected: `Authorization: Bearer TOKEN, the subprotocol ${TOKEN_SUBPROTOCOL_PREFIX}BASE64URL, or a login at /v1/login`,
  });
}

import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '../../core/clock.js';
import type { Config } from '../../core/config.js';
import { EvokedError } from '../../core/errors.js';
import { Authenticator } from './auth.js';
import { checkHost, checkOrigin, isAllowedOrigin } from './request-origin.js';

/** What is asked of every request, by HTTP or for a WebSocket, before anything else looks at it. */
export class RequestGuard {
  readonly auth: Authenticator;
  readonly #config: Config;
  #closing = false;

  constructor(config: Config, clock: Clock) {
    this.auth = new Authenticator(config.token, clock);
    this.#config = config;
  }

  get closing(): boolean {
    return this.#closing;
  }

  /** From now on every request is refused. */
  close(): void {
    this.#closing = true;
  }

  /** Whether pages of this origin may use the API although it is not the server's own. */
  allowsOrigin(origin: string): boolean {
    return isAllowedOrigin(origin, this.#config);
  }

  /**
   * For pages and probes: the server is not closing, and the Host header names it.
   * @throws {EvokedError} ERR_SERVER_CLOSING, ERR_AUTH_HOST
   */
  checkPublic(headers: IncomingHttpHeaders): void {
    if (this.#closing) throw new EvokedError('ERR_SERVER_CLOSING', { what: 'the server is shutting down' });
    checkHost(headers, this.#config);
  }

  /**
   * For the API: furthermore it does not come from a foreign page.
   * @throws {EvokedError} ERR_SERVER_CLOSING, ERR_AUTH_HOST, ERR_AUTH_ORIGIN
   */
  checkOrigin(headers: IncomingHttpHeaders): void {
    this.checkPublic(headers);
    checkOrigin(headers, this.#config);
  }

  /**
   * For all of the API but the login: furthermore it carries the token.
   * @throws {EvokedError} ERR_SERVER_CLOSING, ERR_AUTH_HOST, ERR_AUTH_ORIGIN, ERR_AUTH_REQUIRED
   */
  checkPrivate(headers: IncomingHttpHeaders): void {
    this.checkOrigin(headers);
    this.auth.check(headers);
  }
}

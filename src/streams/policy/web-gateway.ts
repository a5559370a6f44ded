import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { dial } from './dial.js';
import type { HostResolver } from './host-resolver.js';
import { mendStatusLine } from './icy-status.js';
import { networkAddress } from './network-address.js';
import { PLAYLIST_START, withAddresses } from './playlist.js';
import { readBody } from './read-body.js';
import { sourceForbidden } from './source-forbidden.js';
import { TlsAuthority, webAddress, type Authority } from './tls-authority.js';

/** What a gateway is made with. */
export interface WebGatewayOptions {
  readonly spec: Pick<SourceSpec, 'display'>;
  readonly resolver: HostResolver;
  readonly allowedSchemes: readonly string[];
  /** The source led to where it may not: nothing was sent there. */
  readonly onForbidden: (error: EvokedError) => void;
}

/** Longer than a playlist of a day in segments of a second. */
const MAX_PLAYLIST_BYTES = 16 * 1024 * 1024;

const MAX_HEAD_BYTES = 64 * 1024;

/** What FFmpeg asks with that is meant for the server, beside its own headers. */
const NOT_PASSED_ON = /^(host|connection|keep-alive|accept-encoding|icy-metadata|upgrade|te|proxy-.*)$/i;

/** What FFmpeg is told of an answer: nothing by which it would read other bytes than those that were looked at here. */
const TOLD = new Set([
  ...['accept-ranges', 'content-length', 'content-range', 'content-type', 'retry-after'],
  ...['set-cookie', 'www-authenticate', 'icy-name', 'icy-br'],
]);

/**
 * The only host that FFmpeg talks HTTP to for a source of a request: a proxy on a port of this process. Every address that
 * FFmpeg asks for, be it that of the source, of a redirect or of a playlist, is resolved here, checked, and connected to at
 * the checked address. TLS is spoken here, so that FFmpeg needs no protocol by which it could reach anything else; the
 * addresses in redirects and playlists are written anew, so that there is no other one in them.
 */
export class WebGateway {
  readonly #options: WebGatewayOptions;
  readonly #password = randomBytes(16).toString('hex');
  readonly #authority = new TlsAuthority(randomBytes(4).toString('hex'));
  readonly #server = createServer({ keepAlive: false }, (request, response) => {
    void this.#serve(request, response);
  });

  #failure: EvokedError | null = null;

  private constructor(options: WebGatewayOptions) {
    this.#options = options;
  }

  static async open(options: WebGatewayOptions): Promise<WebGateway> {
    const gateway = new WebGateway(options);
    gateway.#server.listen(0, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  /** For FFmpeg's option `http_proxy`; holds a password. */
  get proxyUrl(): string {
    return `http://evoked:${this.#password}@127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A web address as FFmpeg is to be given it. */
  addressOf(url: string): string {
    return this.#authority.hide(new URL(url));
  }

  /** Why the newest request got no answer of its server, which FFmpeg is told by a number alone; null where it got one. */
  get failure(): EvokedError | null {
    return this.#failure;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => undefined);
    if (request.headers['proxy-authorization'] !== this.#expectedAuthorization) {
      response.writeHead(407, { 'proxy-authenticate': 'Basic realm="evoked"' }).end();
      return;
    }
    try {
      await this.#forward(request, response);
    } catch (thrown) {
      const error = toEvokedError(thrown);
      const isForbidden = error.code === 'ERR_SOURCE_FORBIDDEN';
      if (isForbidden) this.#options.onForbidden(error);
      else this.#failure = this.#unreachable(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(isForbidden ? 403 : 502).end();
    }
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { spec, resolver } = this.#options;
    const asked = networkAddress({ target: request.url ?? '', display: spec.display });
    if (asked.scheme !== 'http' || request.method !== 'GET') throw this.#refusal(`${asked.scheme}:`);
    const authority = this.#authority.reveal(asked.host, asked.port);
    const address = webAddress(authority, asked.path + asked.query);
    this.#requireScheme(authority.isTls ? 'https' : 'http');
    const answer = await ask(address, authority, request, await resolver.resolve(authority.host));
    this.#failure = null;
    response.once('close', () => answer.destroy());
    const headers = this.#headersFor(answer, address);
    const body = await readBody(answer, PLAYLIST_START, MAX_PLAYLIST_BYTES);
    if (typeof body === 'string') {
      const playlist = Buffer.from(withAddresses(body, (each) => this.#hidden(each, address)));
      delete headers['content-range'];
      response.writeHead(200, { ...headers, 'content-length': playlist.length }).end(playlist);
    } else {
      response.writeHead(answer.statusCode ?? 502, headers);
      await pipeline(body, response).catch(() => response.destroy());
    }
  }

  #headersFor(answer: IncomingMessage, address: string): Record<string, string | string[]> {
    const headers: Record<string, string | string[]> = {};
    for (const [name, value] of Object.entries(answer.headers)) {
      if (TOLD.has(name) && value !== undefined) headers[name] = value;
    }
    const { location } = answer.headers;
    if (location !== undefined) headers['location'] = this.#hidden(location, address);
    return headers;
  }

  /** An address that an answer names, as FFmpeg is to see it. */
  #hidden(named: string, base: string): string {
    const url = URL.canParse(named, base) ? new URL(named, base) : null;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      throw this.#refusal(url === null ? 'an address that is none' : url.protocol);
    }
    return this.#authority.hide(url);
  }

  #unreachable(error: EvokedError): EvokedError {
    if (error.code === 'ERR_SOURCE_UNREACHABLE') return error;
    return new EvokedError('ERR_SOURCE_UNREACHABLE', {
      what: `The source cannot be reached (${this.#options.spec.display})`,
      got: (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message,
      cause: error.cause,
    });
  }

  #requireScheme(scheme: string): void {
    if (!this.#options.allowedSchemes.includes(scheme)) throw this.#refusal(`${scheme}:`);
  }

  #refusal(scheme: string): EvokedError {
    return sourceForbidden(
      this.#options.spec,
      `an address that leads to ${scheme}`,
      'http: or https: that are allowed',
    );
  }

  get #expectedAuthorization(): string {
    return `Basic ${Buffer.from(`evoked:${this.#password}`).toString('base64')}`;
  }
}

async function ask(
  address: string,
  { host, port, isTls }: Authority,
  { rawHeaders }: IncomingMessage,
  addresses: readonly string[],
): Promise<IncomingMessage> {
  const headers: Record<string, string> = { host: new URL(address).host, connection: 'close' };
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!NOT_PASSED_ON.test(rawHeaders[i]!)) headers[rawHeaders[i]!] = rawHeaders[i + 1]!;
  }
  const socket = await dial({ addresses, port, tlsHost: isTls ? host : null });
  const request = sendRequest({
    createConnection: () => mendStatusLine(socket),
    path: address.slice(new URL(address).origin.length) || '/',
    headers,
    maxHeaderSize: MAX_HEAD_BYTES,
    // Cameras are not strict about theirs.
    insecureHTTPParser: true,
  });
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  request.on('error', () => undefined);
  return answer;
}

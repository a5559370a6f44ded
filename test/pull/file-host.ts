import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../fixtures/listen.js';

/** A file and how it is served. */
export interface HostedFile {
  readonly bytes: Uint8Array;
  /** Default: a strong one of the content. */
  readonly etag?: string | null;
  /** Answers with this and no file. */
  readonly status?: number;
  /** Further headers of every answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Path that a first answer points to, as Hugging Face and GitHub do; with the digest that it states. */
  readonly redirect?: { readonly to: string; readonly stated?: string | undefined };
  /** Leaves the length out. */
  readonly chunked?: boolean;
  /** Ignores ranges. */
  readonly wholeOnly?: boolean;
}

/** What was asked. */
export interface HostRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A host that serves files over HTTP with ETag, Range and If-Range. */
export interface FileHost {
  readonly url: string;
  /** By path with query. */
  readonly files: Map<string, HostedFile>;
  readonly requests: HostRequest[];
  /** Cuts the next answers off after so many bytes of body, one each. */
  readonly cutsAfter: number[];
  /** Bytes of bodies that were sent, about. */
  numBytesSent: number;
  close(): void;
}

const PIECE_BYTES = 16_384;

const CUT_DELAY_MS = 30;

/** Starts a host on a free port of loopback. */
export async function startFileHost(): Promise<FileHost> {
  const server = createServer((request, response) => {
    host.requests.push({ path: request.url ?? '', headers: request.headers });
    void answer(host, request, response);
  });
  const listening = await listenOnLoopback(server);
  const host: FileHost = {
    url: `http://127.0.0.1:${listening.port}`,
    files: new Map(),
    requests: [],
    cutsAfter: [],
    numBytesSent: 0,
    close: () => listening.close(),
  };
  return host;
}

/** Hex SHA-256. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function answer(host: FileHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = host.files.get(request.url ?? '');
  if (file === undefined) return void response.writeHead(404).end('no such file');
  const { bytes, headers = {}, redirect, status } = file;
  const etag = file.etag === undefined ? `"${sha256Of(bytes).slice(0, 16)}"` : file.etag;
  if (redirect !== undefined) {
    const linked = redirect.stated === undefined ? {} : { 'x-linked-etag': `"${redirect.stated}"` };
    return void response.writeHead(302, { location: redirect.to, ...linked }).end();
  }
  if (status !== undefined) return void response.writeHead(status, headers).end('not now');
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const wantsRest = from > 0 && file.wholeOnly !== true && request.headers['if-range'] === etag;
  if (wantsRest && from >= bytes.byteLength) {
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.byteLength}` }).end();
  }
  const body = wantsRest ? bytes.subarray(from) : bytes;
  response.writeHead(wantsRest ? 206 : 200, {
    ...(file.chunked === true ? {} : { 'content-length': body.byteLength }),
    ...(etag === null ? {} : { etag }),
    ...(wantsRest
      ? { 'content-range': `bytes ${from}-${bytes.byteLength - 1}/${bytes.byteLength}` }
      : { 'accept-ranges': 'bytes' }),
    ...headers,
  });
  await send(host, response, body);
}

async function send(host: FileHost, response: ServerResponse, body: Uint8Array): Promise<void> {
  const cutAfter = host.cutsAfter.shift() ?? Infinity;
  const end = Math.min(body.byteLength, cutAfter);
  for (let at = 0; at < end && !response.destroyed; at += PIECE_BYTES) {
    const piece = body.subarray(at, Math.min(at + PIECE_BYTES, end));
    host.numBytesSent += piece.byteLength;
    await new Promise((resolve) => response.write(piece, resolve));
  }
  // Node 24's fetch throws away what was not read yet when a connection breaks: the reader gets a moment.
  if (cutAfter < body.byteLength) setTimeout(() => response.destroy(), CUT_DELAY_MS);
  else response.end();
}

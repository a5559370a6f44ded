import { EvokedError } from '../core/errors.js';

/** What a host says about the whole file, whichever part of it it sends. */
export interface StatedFile {
  /** Hex SHA-256, null where no host along the way states one. */
  readonly sha256: string | null;
}

/** An answer whose body can be read: 200, 206 or 416. */
export interface HostAnswer {
  readonly response: Response;
  readonly stated: StatedFile;
}

/** A request for a file or the rest of it. */
export interface FileRequest {
  readonly url: URL;
  /** The user has named the host. Default: no. */
  readonly isMirror?: boolean | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

const MAX_REDIRECTS = 8;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const WORTH_ANOTHER_TRY = new Set([408, 425, 429, 500, 502, 503, 504]);
const SHA256 = /^"?([0-9a-f]{64})"?$/;

/** The host could not be reached, or does not want to answer now: another try may help. */
export class TryAgain extends Error {
  /** What it comes to where no other try helps. */
  readonly final: EvokedError;
  /** Whether a host has answered at all. */
  readonly hasAnswered: boolean;

  constructor(final: EvokedError, { hasAnswered }: { readonly hasAnswered: boolean }) {
    super(final.message, { cause: final });
    this.final = final;
    this.hasAnswered = hasAnswered;
  }
}

/**
 * Asks for a file, following redirects by hand: digests are stated on the way (Hugging Face: `x-linked-etag` of the first
 * answer), and from https the way must not lead to http.
 * @throws {TryAgain} where the host cannot be reached or is overloaded
 * @throws {EvokedError} ERR_PULL_RESPONSE for any other answer
 */
export async function requestFile(request: FileRequest): Promise<HostAnswer> {
  const { url } = request;
  let at = url;
  let sha256: string | null = null;
  for (let numRedirects = 0; ; numRedirects++) {
    const response = await ask(at, request, numRedirects > 0);
    sha256 ??= SHA256.exec(response.headers.get('x-linked-etag') ?? '')?.[1] ?? null;
    if (!REDIRECTS.has(response.status)) return { response: checked(response, at), stated: { sha256 } };
    await response.body?.cancel();
    if (numRedirects === MAX_REDIRECTS) {
      throw refusal(
        `${shown(url)} redirects too often`,
        `${MAX_REDIRECTS + 1} redirects`,
        `${MAX_REDIRECTS}`,
      );
    }
    at = redirectTarget(at, response.headers.get('location'));
  }
}

/** An address without what may be secret in it: signatures of storage hosts are in the query. */
export function shown(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

async function ask(
  url: URL,
  { headers, signal, isMirror }: FileRequest,
  hasAnswered: boolean,
): Promise<Response> {
  try {
    // A coded body would be decoded on the way in: then neither ranges nor lengths would fit what is written.
    return await fetch(url, {
      headers: { 'accept-encoding': 'identity', 'user-agent': 'evoked', ...headers },
      redirect: 'manual',
      signal,
    });
  } catch (cause) {
    const final = new EvokedError('ERR_PULL_UNREACHABLE', {
      what: `${url.host} cannot be reached`,
      got: systemCode(cause),
      expected: isMirror
        ? 'a mirror that answers (docs/model-packs.md tells how to serve the files)'
        : 'internet access, or --mirror URL (docs/model-packs.md tells how to carry the files over)',
      cause,
    });
    throw new TryAgain(final, { hasAnswered });
  }
}

function checked(response: Response, url: URL): Response {
  const { status, headers } = response;
  const encoding = headers.get('content-encoding') ?? 'identity';
  if ((status === 200 || status === 206) && encoding !== 'identity') {
    throw refusal(`${shown(url)} comes in another encoding`, encoding, 'identity');
  }
  if (status === 200 || status === 206 || status === 416) return response;
  void response.body?.cancel().catch(() => undefined);
  const final = refusal(`${shown(url)} cannot be fetched`, `HTTP ${status}`, 'HTTP 200');
  if (WORTH_ANOTHER_TRY.has(status)) throw new TryAgain(final, { hasAnswered: true });
  throw final;
}

function redirectTarget(from: URL, location: string | null): URL {
  if (location === null || !URL.canParse(location, from.href)) {
    throw refusal(
      `${shown(from)} redirects to nowhere`,
      location === null ? 'no address' : 'no valid address',
    );
  }
  const target = new URL(location, from);
  const allowed = from.protocol === 'https:' ? ['https:'] : ['https:', 'http:'];
  if (!allowed.includes(target.protocol) || target.username !== '' || target.password !== '') {
    throw refusal(
      `${shown(from)} redirects to where it must not`,
      shown(target),
      `${allowed.join(' or ')}//…`,
    );
  }
  return target;
}

/** The system's word for what went wrong; fetch wraps it. */
export function systemCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at.name === 'AbortError' || at.name === 'TimeoutError') return 'no answer in time';
    if (at.cause === undefined) return at.message;
  }
  return String(error);
}

function refusal(what: string, got: string, expected?: string): EvokedError {
  return new EvokedError('ERR_PULL_RESPONSE', { what, got, ...(expected === undefined ? {} : { expected }) });
}

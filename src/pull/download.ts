import { EvokedError } from '../core/errors.js';
import { type OpenPartWriter, PartFile, type PartNote } from './part-file.js';
import { type HostAnswer, requestFile, shown, systemCode, TryAgain } from './request.js';

/** A file to fetch. */
export interface DownloadRequest {
  readonly url: URL;
  /** The user has named the host. Default: no. */
  readonly isMirror?: boolean | undefined;
  /** Path that the caller will give it; bytes are collected beside it. */
  readonly target: string;
  readonly maxBytes: number;
  /** `total` is null where the host does not say. */
  readonly onProgress?: ((numBytes: number, total: number | null) => void) | undefined;
}

/** What a download needs of the world. */
export interface DownloadParts {
  /** Resolves after this many ms. */
  readonly wait: (ms: number) => Promise<void>;
  /** Without a byte for this long the connection counts as broken. */
  readonly stallTimeoutMs: number;
  readonly openWriter?: OpenPartWriter;
}

/** A file that is all there, still beside its place. */
export interface Downloaded {
  readonly part: PartFile;
  /** Hex; it is what the host stated, where it did. */
  readonly sha256: string;
  readonly numBytes: number;
  readonly isDigestStated: boolean;
}

const BACKOFF_MS = [1000, 2000, 4000, 8000];

/**
 * Fetches a file, going on where this or an earlier run was interrupted as long as the host still has the same file.
 * @throws {EvokedError} ERR_PULL_UNREACHABLE, ERR_PULL_RESPONSE, ERR_PULL_DIGEST, ERR_FILE_WRITE
 */
export async function downloadFile(request: DownloadRequest, parts: DownloadParts): Promise<Downloaded> {
  const part = new PartFile(request.target, parts.openWriter);
  await part.takeUp(request.url.href);
  try {
    let numFailures = 0;
    let hasAnswered = false;
    while (!isWhole(part)) {
      const before = part.numBytes;
      try {
        await fetchRest(part, request, parts);
        break;
      } catch (error) {
        if (!(error instanceof TryAgain)) throw error;
        hasAnswered ||= error.hasAnswered;
        numFailures = part.numBytes > before ? 1 : numFailures + 1;
        const delayMs = BACKOFF_MS[numFailures - 1];
        // Without any network another try only makes the user wait.
        if (!hasAnswered || delayMs === undefined) throw error.final;
        await parts.wait(delayMs);
      }
    }
    await part.close();
  } catch (error) {
    // What came so far stays for the next run; the first error says more than another one of closing.
    await part.close().catch(() => undefined);
    throw error;
  }
  return checkDigest(part, request);
}

function isWhole({ note, numBytes }: PartFile): boolean {
  return note?.numBytes === numBytes && numBytes > 0;
}

async function fetchRest(part: PartFile, request: DownloadRequest, parts: DownloadParts): Promise<void> {
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const stillAlive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(), parts.stallTimeoutMs);
  };
  stillAlive();
  try {
    const { url, isMirror } = request;
    const headers = rangeHeaders(part);
    const answer = await requestFile({ url, isMirror, headers, signal: abort.signal });
    const total = await prepare(part, answer, request);
    if (total === 'again') return await fetchRest(part, request, parts);
    request.onProgress?.(part.numBytes, total);
    for await (const bytes of bodyOf(answer.response, request.url)) {
      stillAlive();
      if (part.numBytes + bytes.byteLength > Math.min(request.maxBytes, total ?? Infinity)) {
        await part.remove();
        throw tooLarge(request);
      }
      await part.append(bytes);
      request.onProgress?.(part.numBytes, total);
    }
    if (total !== null && part.numBytes < total) throw broken(request.url, 'an early end');
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

function rangeHeaders({ note, numBytes }: PartFile): Record<string, string> {
  if (numBytes === 0 || note === null || note.validator === null) return {};
  return { range: `bytes=${numBytes}-`, 'if-range': note.validator };
}

/** Readies the part for the body that comes; gives the file's length, or `again` where the part had to be dropped. */
async function prepare(
  part: PartFile,
  { response, stated }: HostAnswer,
  request: DownloadRequest,
): Promise<number | null | 'again'> {
  const { status, headers } = response;
  if (status === 200) {
    const length = headers.get('content-length');
    const numBytes = length === null ? null : Number(length);
    if (numBytes !== null && numBytes > request.maxBytes) throw tooLarge(request);
    const note: PartNote = {
      url: request.url.href,
      validator: validatorOf(headers),
      numBytes,
      sha256: stated.sha256,
    };
    await part.startOver(note);
    return numBytes;
  }
  const known = part.note;
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
  const goesOn =
    status === 206 &&
    known !== null &&
    Number(range?.[1]) === part.numBytes &&
    (known.numBytes === null || Number(range?.[2]) === known.numBytes) &&
    (stated.sha256 === null || stated.sha256 === known.sha256);
  if (goesOn) return Number(range?.[2]);
  await response.body?.cancel();
  if (known === null) {
    const got = `HTTP ${status}`;
    throw new EvokedError('ERR_PULL_RESPONSE', {
      what: `${shown(request.url)} answers oddly`,
      got,
      expected: 'HTTP 200',
    });
  }
  await part.remove();
  return 'again';
}

/** A weak ETag does not promise the same bytes. */
function validatorOf(headers: Headers): string | null {
  const etag = headers.get('etag');
  return etag?.startsWith('"') === true ? etag : headers.get('last-modified');
}

async function* bodyOf({ body }: Response, url: URL): AsyncGenerator<Uint8Array> {
  if (body === null) return;
  const reader = body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw broken(url, systemCode(cause));
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function checkDigest(part: PartFile, { url }: DownloadRequest): Promise<Downloaded> {
  const sha256 = part.digest();
  const stated = part.note?.sha256 ?? null;
  if (stated !== null && sha256 !== stated) {
    await part.remove();
    const what = `${shown(url)} is not the file that its host states`;
    throw new EvokedError('ERR_PULL_DIGEST', { what, got: `sha256 ${sha256}`, expected: stated });
  }
  return { part, sha256, numBytes: part.numBytes, isDigestStated: stated !== null };
}

function broken(url: URL, got: string): TryAgain {
  const final = new EvokedError('ERR_PULL_UNREACHABLE', {
    what: `the connection to ${url.host} broke`,
    got,
    expected: 'the rest of the file; run the command again and it goes on from there',
  });
  return new TryAgain(final, { hasAnswered: true });
}

function tooLarge({ url, maxBytes }: DownloadRequest): EvokedError {
  const expected = `at most ${maxBytes} bytes`;
  return new EvokedError('ERR_PULL_RESPONSE', { what: `${shown(url)} is too large`, expected });
}

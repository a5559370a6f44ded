import type { HttpError, StreamInfo } from '../../src/core/protocol.js';

/** A request that failed: the server's own code and line, or what the browser knows. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  /** The server's code, or `ERR_NETWORK` where no answer came. */
  readonly code: string;
  /** HTTP status, 0 where no answer came. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

const TIMEOUT_MS = 15_000;

/** The server's HTTP surface, as far as this page uses it. Same origin. */
export class Api {
  readonly #token: () => string | null;
  readonly #onDenied: () => void;

  /** `onDenied` is called when the server wants a token, or another one. */
  constructor(token: () => string | null, onDenied: () => void) {
    this.#token = token;
    this.#onDenied = onDenied;
  }

  async listStreams(): Promise<readonly StreamInfo[]> {
    const answer = await this.#request('GET', '/v1/streams');
    if (!Array.isArray(answer)) {
      throw new RequestError('ERR_ANSWER', 200, 'The list of streams is malformed; got no array');
    }
    return answer as readonly StreamInfo[];
  }

  async addStream(id: string, url: string): Promise<void> {
    await this.#request('POST', '/v1/streams', { id, url });
  }

  /** A stream that media is pushed into. */
  async addPushedStream(id: string): Promise<void> {
    await this.#request('POST', '/v1/streams', { id, push: true });
  }

  async removeStream(id: string): Promise<void> {
    await this.#request('DELETE', `/v1/streams/${encodeURIComponent(id)}`);
  }

  /** For a page that is going away, and hears no answer. */
  removeStreamOnLeave(id: string): void {
    const path = `/v1/streams/${encodeURIComponent(id)}`;
    fetch(path, { method: 'DELETE', headers: this.#headers(), keepalive: true }).catch(() => undefined);
  }

  #headers(): Record<string, string> {
    const token = this.#token();
    return {
      accept: 'application/json',
      ...(token !== null && { authorization: `Bearer ${token}` }),
    };
  }

  async #request(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = this.#headers();
    if (body !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        cache: 'no-store',
      });
    } catch {
      throw new RequestError('ERR_NETWORK', 0, 'The server does not answer');
    }
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    if (response.status === 401) this.#onDenied();
    const { code, message } = (answer ?? {}) as Partial<HttpError>;
    throw new RequestError(
      code ?? `HTTP ${response.status}`,
      response.status,
      message ?? (response.statusText || 'The request failed'),
    );
  }
}

/** One line for a person. */
export function describeFailure(error: unknown): string {
  if (error instanceof RequestError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}

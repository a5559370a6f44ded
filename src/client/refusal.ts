import type { HttpError } from '../core/protocol.js';
import { streamAddress } from './addresses.js';
import type { StreamTarget } from './options.js';

/** Answers that stay the same however often the same is asked: token, origin, host. */
const REFUSALS: Readonly<Record<number, string>> = {
  401: 'ERR_AUTH_REQUIRED',
  403: 'ERR_AUTH_ORIGIN',
  421: 'ERR_AUTH_HOST',
};

const TIMEOUT_MS = 5000;

/** What a plain request with the same credentials shows; `unknown` where no answer came, or none that a page may see. */
export type ProbeAnswer = 'allowed' | 'unknown' | { readonly code: string; readonly message: string };

/** Why the server lets no WebSocket in: no platform tells that of the WebSocket itself in a way to rely on, and browsers not at all. */
export async function probe(target: StreamTarget, signal: AbortSignal): Promise<ProbeAnswer> {
  const { token } = target;
  try {
    const response = await fetch(streamAddress(target), {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const code = REFUSALS[response.status];
    if (code === undefined) {
      await response.body?.cancel();
      return 'allowed';
    }
    const answer = (await response.json().catch(() => null)) as Partial<HttpError> | null;
    return {
      code: answer?.code ?? code,
      message: answer?.message ?? `the server answers ${response.status} ${response.statusText}`.trim(),
    };
  } catch {
    return 'unknown';
  }
}

import { configSchema } from '../../core/config.js';
import { EvokedError } from '../../core/errors.js';
import type { MediaInput } from '../../streams/media-input.js';
import { parseSource } from '../../streams/source/parse-source.js';
import { openDecodeProcess } from '../../streams/decode/decode-process.js';

/**
 * The built-in film has no end of its own.
 * @throws {EvokedError} ERR_USAGE where it is asked for without one
 */
export function requireEnd(url: string, limitSeconds: number | undefined): void {
  if (parseSource(url, null).kind !== 'film' || limitSeconds !== undefined) return;
  throw new EvokedError('ERR_USAGE', { what: `${url} never ends`, expected: '--limit SECONDS' });
}

/** Nobody waits for a file live: on a machine that is busy with other work a decode child may well be silent for a while. */
const PATIENT_WATCHDOG_MS = 60_000;

/** One file at a time, named by the user: the largest images and films that are decoded fit. */
const GENEROUS_MEMORY_MB = 2048;

/** Opens a finite source as fast as it is read, with the default limits but those of the watchdog and of memory. */
export function openFiniteInput(url: string): MediaInput {
  const { source, preview } = configSchema.parse({});
  return openDecodeProcess({
    url,
    realTime: false,
    connectTimeoutMs: source.connectTimeoutMs,
    readTimeoutMs: source.readTimeoutMs,
    watchdogMs: PATIENT_WATCHDOG_MS,
    memoryLimitMb: GENEROUS_MEMORY_MB,
    rtspTransport: source.rtspTransport,
    policy: null,
    push: null,
    previewWidth: preview.width,
  });
}

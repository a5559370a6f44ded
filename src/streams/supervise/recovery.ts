import type { ErrorCode } from '../../core/errors.js';

/** What is done about an error of a source. */
export type Recovery = 'retry' | 'retry-at-cap' | 'give-up';

/** Nothing about these changes by trying again. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_SOURCE_URL',
  'ERR_SOURCE_FORBIDDEN',
  'ERR_CONFIG_INVALID',
]);

/** A person has to do something first; asking often would only annoy the other side. */
const SLOW: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_SOURCE_AUTH',
  'ERR_SOURCE_TOO_LARGE',
  'ERR_INTERNAL',
]);

/** So it is with these, unless the source was sound before: then it is on its way back, and not yet all there. */
const SLOW_AT_FIRST: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_SOURCE_NOT_MEDIA',
  'ERR_SOURCE_NO_TRACKS',
  'ERR_SOURCE_DEVICE',
]);

/** The source may be sound, but decoding it brought the decode child down. */
const CRASHES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ERR_DECODE_CRASHED',
  'ERR_DECODE_STALLED',
  'ERR_DECODE_WIRE',
  'ERR_DECODE_MEMORY',
]);

/** Whether an error is the end of a decode child rather than of its source. */
export function isCrash(code: ErrorCode): boolean {
  return CRASHES.has(code);
}

/**
 * Whether a source is opened again after an error. One that is not live is not: it would start from its beginning, and
 * score twice what was scored.
 * @param hadMedia whether any connection to it has brought media
 */
export function recoveryFrom(code: ErrorCode, live: boolean, hadMedia: boolean): Recovery {
  if (!live || FINAL.has(code)) return 'give-up';
  return SLOW.has(code) || (!hadMedia && SLOW_AT_FIRST.has(code)) ? 'retry-at-cap' : 'retry';
}

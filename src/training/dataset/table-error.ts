import { EvokedError } from '../../core/errors.js';

/** A file of annotations or scores that cannot be read as one; `line` counts from 1, the header included. */
export function tableError(
  path: string,
  parts: { readonly what: string; readonly line?: number; readonly got?: string; readonly expected?: string },
  cause?: unknown,
): EvokedError {
  const { line, what, ...rest } = parts;
  const place = line === undefined ? path : `${path}, line ${line}`;
  return new EvokedError('ERR_FILE_FORMAT', { what: `${place}: ${what}`, ...rest, cause });
}

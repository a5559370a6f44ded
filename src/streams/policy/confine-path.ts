import { realpath } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';
import type { SourceSpec } from '../source/parse-source.js';
import { isBelow } from './check-source.js';
import { sourceForbidden } from './source-forbidden.js';
import type { SourcePolicy } from './source-policy.js';

/**
 * A source that is to be opened: a file of a request with every link followed, any other one as it is.
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN, ERR_SOURCE_UNREACHABLE
 */
export async function confineSource(spec: SourceSpec, policy: SourcePolicy | null): Promise<SourceSpec> {
  if (policy === null || spec.kind !== 'file') return spec;
  return { ...spec, target: await confinePath(spec, spec.target, policy) };
}

/**
 * Where a path of a request leads to once every link is followed: the path to open.
 * @throws {EvokedError} ERR_SOURCE_FORBIDDEN where that is not below the folder of files; ERR_SOURCE_UNREACHABLE
 */
export async function confinePath(
  spec: Pick<SourceSpec, 'display'>,
  path: string,
  { filesFolder }: SourcePolicy,
): Promise<string> {
  let found: string;
  let folder: string;
  try {
    [found, folder] = await Promise.all([realpath(path), realpath(filesFolder)]);
  } catch (cause) {
    const got = (cause as NodeJS.ErrnoException).code ?? 'an error';
    const what = `The file cannot be opened (${spec.display})`;
    throw new EvokedError('ERR_SOURCE_UNREACHABLE', { what, got, cause });
  }
  if (isBelow(found, folder)) return found;
  throw sourceForbidden(spec, 'a link that leads out of source.filesFolder', 'a file below it');
}

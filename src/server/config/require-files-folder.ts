import { stat } from 'node:fs/promises';
import { EvokedError } from '../../core/errors.js';

/**
 * Refuses a folder of files that is none: every file in it would be refused later, for another reason.
 * @param folder as in the settings; empty for none
 * @throws {EvokedError} ERR_CONFIG_INVALID
 */
export async function requireFilesFolder(folder: string): Promise<void> {
  if (folder === '') return;
  const found = await stat(folder).then(
    (stats) => (stats.isDirectory() ? 'a folder' : 'no folder'),
    (error: NodeJS.ErrnoException) => error.code ?? 'an error',
  );
  if (found === 'a folder') return;
  throw new EvokedError('ERR_CONFIG_INVALID', {
    what: `setting source.filesFolder (flag --files-folder): ${folder} cannot be used`,
    got: found,
    expected: 'a folder of this machine',
  });
}

import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EvokedError } from '../../core/errors.js';
import { writing } from '../../model/pack/durable-files.js';
import { removePartialFiles } from './replace-file.js';

/** Files of a run; each is whole at any moment, or absent. */
export interface RunFolder {
  readonly folder: string;
  /** Options and facts; there from the moment on that the run can be resumed. */
  readonly record: string;
  /** The last complete epoch. */
  readonly checkpoint: string;
  readonly tower: string;
  /** A line a complete epoch. */
  readonly log: string;
  readonly report: string;
}

/** The places of a run's files. */
export function runFolder(folder: string): RunFolder {
  return {
    folder,
    record: join(folder, 'run.json'),
    checkpoint: join(folder, 'checkpoint.safetensors'),
    tower: join(folder, 'tower.safetensors'),
    log: join(folder, 'log.jsonl'),
    report: join(folder, 'report.html'),
  };
}

/**
 * Makes the folder where it is missing, and clears what killed writers left.
 * @throws {EvokedError} ERR_USAGE where a run is to begin but files of one are there; ERR_FILE_WRITE
 */
export async function prepareRunFolder(files: RunFolder, resume: boolean): Promise<void> {
  await writing(
    files.folder,
    mkdir(files.folder, { recursive: true }).then(() => undefined),
  );
  const paths = [files.record, files.checkpoint, files.tower, files.log, files.report];
  // Only a checkpoint may be there before run.json: that of a run's beginning, with nothing to lose.
  const isResumable = resume && (await exists(files.record));
  const foreign = isResumable ? [] : resume ? [files.tower, files.log, files.report] : paths;
  for (const path of foreign) {
    if (!(await exists(path))) continue;
    throw new EvokedError('ERR_USAGE', {
      what: `${files.folder} holds another run`,
      got: path,
      expected: 'an empty or new folder, or --resume',
    });
  }
  await removePartialFiles(paths);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

import { open, readFile, rm } from 'node:fs/promises';
import { type ErrorCode, EvokedError } from '../core/errors.js';
import { writing } from '../model/pack/durable-files.js';

/** How it is told that another process is at work. */
export interface BusyError {
  readonly code: ErrorCode;
  readonly what: string;
}

const PULL_BUSY: BusyError = { code: 'ERR_PULL_BUSY', what: 'another pull is at work' };

/**
 * Runs `work` while no other process does so under the same path. A process that died holds nothing.
 * @param path of the file that says who is at work
 * @throws {EvokedError} of `busy`, ERR_PULL_BUSY unless told otherwise; ERR_FILE_WRITE
 */
export async function oneAtATime<T>(
  path: string,
  work: () => Promise<T>,
  { code, what }: BusyError = PULL_BUSY,
): Promise<T> {
  if (!(await claim(path))) {
    const holder = Number(await readFile(path, 'utf8').catch(() => ''));
    if (isAlive(holder)) {
      const got = `process ${holder} (${path})`;
      throw new EvokedError(code, { what, got });
    }
    await rm(path, { force: true });
    if (!(await claim(path))) throw new EvokedError(code, { what });
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function claim(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(`${process.pid}`);
    } finally {
      await file.close();
    }
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    return writing(path, Promise.reject<boolean>(cause as Error));
  }
}

function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

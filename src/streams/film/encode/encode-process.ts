import { fork } from 'node:child_process';
import { EvokedError } from '../../../core/errors.js';
import { processEntry } from '../../../core/process-entry.js';
import type { EncodeReply, EncodeRequest } from './encode-messages.js';

/** Who hears of an encoding, and may end it. */
export interface EncodeWatcher {
  readonly onProgress: (secondsDone: number) => void;
  /** Kills the process, which leaves a file that is not whole. */
  readonly signal: AbortSignal;
}

/**
 * Encodes a film in a process of its own. Settles when the process is gone.
 * @throws {EvokedError} ERR_FILE_WRITE, ERR_NOT_SUPPORTED; ERR_INTERRUPTED by the signal; ERR_INTERNAL where the process ends
 * by itself
 */
export function encodeInProcess(request: EncodeRequest, watcher: EncodeWatcher): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(processEntry('streams/film/encode/encode-main'), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let outcome: EncodeReply | undefined;
    const kill = (): void => void child.kill('SIGKILL');
    child.on('message', (reply: EncodeReply) => {
      if (reply.type === 'progress') {
        watcher.onProgress(reply.seconds);
        return;
      }
      outcome = reply;
      child.disconnect();
    });
    child.once('error', (cause) => {
      reject(new EvokedError('ERR_INTERNAL', { what: 'the encode process cannot be started', cause }));
    });
    child.once('exit', (code, signal) => {
      watcher.signal.removeEventListener('abort', kill);
      if (watcher.signal.aborted) reject(new EvokedError('ERR_INTERRUPTED', { what: 'encoding was ended' }));
      else if (outcome?.type === 'done') resolve();
      else reject(failure(outcome, signal ?? `exit code ${code}`));
    });
    // Neither is to be done to a process that could not be started; 'error' tells of that, later.
    if (child.pid === undefined) return;
    watcher.signal.addEventListener('abort', kill);
    child.send(request);
  });
}

function failure(outcome: EncodeReply | undefined, got: string): EvokedError {
  if (outcome?.type === 'failed') return new EvokedError(outcome.code, { what: outcome.message });
  return new EvokedError('ERR_INTERNAL', { what: 'the encode process ended by itself', got });
}

import { fork } from 'node:child_process';
import { Observable } from 'rxjs';
import { EvokedError } from '../../core/errors.js';
import { processEntry } from '../../core/process-entry.js';
import type { TrainingEvent } from './events.js';
import { errorOf, type TrainingCommand, type TrainingMessage } from './process-messages.js';
import type { TrainingRequest } from './training-request.js';

/**
 * `runTraining` in a process of its own, so that this one stays free for interrupts, and a backend that crashes or
 * runs out of memory takes nothing along. Unsubscribing kills it: whatever it was at, the last complete epoch is whole.
 * Errors with ERR_TRAINING_CRASHED where the process ends by itself, else as `runTraining`.
 */
export function startTraining(request: TrainingRequest): Observable<TrainingEvent> {
  return new Observable((subscriber) => {
    const child = fork(processEntry('training/run/process-main'), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    child.on('message', (message: TrainingMessage) => {
      if (message.type === 'error') subscriber.error(errorOf(message));
      else subscriber.next(message.event);
      if (message.type === 'event' && message.event.type === 'done') subscriber.complete();
    });
    child.once('error', (cause) => {
      subscriber.error(
        new EvokedError('ERR_TRAINING_CRASHED', { what: 'no training process can be started', cause }),
      );
    });
    child.once('exit', (code, signal) => {
      subscriber.error(
        new EvokedError('ERR_TRAINING_CRASHED', {
          what: 'the training process ended by itself; the last complete epoch is kept, and --resume goes on',
          got: signal ?? `exit code ${code ?? 'unknown'}`,
        }),
      );
    });
    // Neither is to be done to a process that could not be started; 'error' tells of that, later.
    if (child.pid === undefined) return;
    child.send({ request } satisfies TrainingCommand);
    return () => {
      child.kill('SIGKILL');
    };
  });
}

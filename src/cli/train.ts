import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lastValueFrom, tap } from 'rxjs';
import { EvokedError } from '../core/errors.js';
import { writing } from '../model/pack/durable-files.js';
import { oneAtATime } from '../pull/one-at-a-time.js';
import { startTraining, type TrainingRequest, type TrainingResult } from '../training/run/index.js';
import { untilInterrupted } from './interrupt.js';
import { TrainingNarrator } from './training-narrator.js';

/** What is trained, and how it is printed. */
export interface TrainRun {
  readonly request: TrainingRequest;
  /** Lines go to stderr, so that stdout holds JSON alone. */
  readonly json: boolean;
  /** What goes on with the run after an interrupt; default: the command with its folder. */
  readonly resumeWith?: string;
}

const LOCK_FILE = 'training.lock';

/**
 * `evoked train` of one tower.
 * @throws {EvokedError} of the run; ERR_TRAINING_BUSY; ERR_INTERRUPTED that says how to go on
 */
export async function runTrain({ request, json, resumeWith }: TrainRun): Promise<TrainingResult> {
  await writing(
    request.out,
    mkdir(request.out, { recursive: true }).then(() => undefined),
  );
  const narrator = new TrainingNarrator(json);
  const work = async (): Promise<TrainingResult> => {
    const events$ = startTraining(request).pipe(
      tap((event) => narrator.tell(event)),
      untilInterrupted(() => outcome(narrator, resumeWith ?? `evoked train --out ${request.out} --resume`)),
    );
    try {
      const last = await lastValueFrom(events$);
      if (last.type === 'done') return last.result;
      throw new EvokedError('ERR_INTERNAL', { what: 'training ended without a result', got: last.type });
    } finally {
      narrator.stop();
    }
  };
  const busy = {
    code: 'ERR_TRAINING_BUSY' as const,
    what: `another process is training into ${request.out}`,
  };
  return oneAtATime(join(request.out, LOCK_FILE), work, busy);
}

function outcome({ numEpochsDone, numEpochs }: TrainingNarrator, resumeWith: string): string {
  if (numEpochs === null) return 'before the first epoch; no run was begun';
  return `after epoch ${numEpochsDone} of ${numEpochs}, which is kept; go on with: ${resumeWith}`;
}

/** Prints a finished run as JSON; as text the narrator has told it. */
export function printResult({ record, ...result }: TrainingResult, json: boolean): void {
  if (json) console.log(JSON.stringify({ ...record, ...result }, null, 2));
}

import {
  defer,
  dematerialize,
  finalize,
  fromEvent,
  lastValueFrom,
  map,
  materialize,
  merge,
  mergeMap,
  throwError,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import { EvokedError } from '../core/errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Errors with ERR_INTERRUPTED on Ctrl-C or a request to end, so that a command can clean up; a second one ends at once.
 * @param outcome what was left behind, asked for when it happens
 */
export function untilInterrupted<T>(
  outcome = () => 'before the end; no file was written',
): MonoTypeOperatorFunction<T> {
  return (work$) => merge(interrupted$(outcome), work$.pipe(materialize())).pipe(dematerialize());
}

/**
 * Runs work that can be ended by Ctrl-C or a request to end; the signal is aborted then.
 * @throws {EvokedError} ERR_INTERRUPTED
 */
export function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return lastValueFrom(
    defer(() => work(controller.signal)).pipe(
      finalize(() => controller.abort()),
      untilInterrupted(),
    ),
  );
}

function interrupted$(outcome: () => string): Observable<never> {
  return merge(...SIGNALS.map((signal) => fromEvent(process, signal).pipe(map(() => signal)))).pipe(
    mergeMap((signal) => {
      for (const each of SIGNALS) process.once(each, () => process.exit(1));
      const what = `interrupted by ${signal} ${outcome()}`;
      return throwError(() => new EvokedError('ERR_INTERRUPTED', { what }));
    }),
  );
}

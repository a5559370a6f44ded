import {
  dematerialize,
  fromEvent,
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

/** Errors with ERR_INTERRUPTED on Ctrl-C or a request to end, so that a command can clean up; a second one ends at once. */
export function untilInterrupted<T>(): MonoTypeOperatorFunction<T> {
  return (work$) => merge(interrupted$(), work$.pipe(materialize())).pipe(dematerialize());
}

function interrupted$(): Observable<never> {
  return merge(...SIGNALS.map((signal) => fromEvent(process, signal).pipe(map(() => signal)))).pipe(
    mergeMap((signal) => {
      for (const each of SIGNALS) process.once(each, () => process.exit(1));
      const what = `interrupted by ${signal} before the end; no file was written`;
      return throwError(() => new EvokedError('ERR_INTERRUPTED', { what }));
    }),
  );
}

import { Observable, type OperatorFunction } from 'rxjs';
import type { EpochStart, Gap, Segment, SegmentEvent } from '../../core/media.js';
import { WaitingLine, type Ticket } from './waiting-line.js';

/** Segments that wait in a lossless line before the input is asked to pause. */
export const HIGH_WATER_SEGMENTS = 12;

/** What is done with segments, and how many of them may be under way. */
export interface ShedOptions<R> {
  /** Work that runs at the same time. */
  readonly maxInFlight: number;
  /** The work on one segment; called in order. */
  readonly work: (segment: Segment) => Promise<R>;
  /**
   * Segments that may wait; where one more comes the one that waits longest is dropped. Null drops nothing and relies on
   * `onPressure` to keep the line short.
   */
  readonly capacity: number | null;
  /** Segments that were dropped, as they are. */
  readonly onDropped?: (numSegments: number) => void;
  /** True when the input should pause, false when it may go on; alternately, true first. */
  readonly onPressure?: (high: boolean) => void;
}

/**
 * Works on the segments of a live stream without ever lagging behind it: results, gaps and epochs come out in the order of
 * the stream, and what does not fit becomes a gap with reason `overload` in its place. Work that rejects errors the output
 * after everything before it is out. A source that ends, or fails, first has its line worked off.
 */
export function shed<R>(options: ShedOptions<R>): OperatorFunction<SegmentEvent, R | Gap | EpochStart> {
  return (segments$) =>
    new Observable((subscriber) => {
      const line = new WaitingLine<R>();
      let ended: { readonly error?: unknown } | null = null;
      let isHigh = false;

      const emitReady = (): void => {
        for (let item = line.shift(); item !== null; item = line.shift()) {
          if (item.type !== 'ticket') subscriber.next(item);
          else if (item.state === 'failed') subscriber.error(item.error);
          else subscriber.next(item.outcome as R);
        }
        if (ended === null || line.length > 0) return;
        if ('error' in ended) subscriber.error(ended.error);
        else subscriber.complete();
      };
      const regulate = (): void => {
        if (!isHigh && line.numWaiting >= HIGH_WATER_SEGMENTS) options.onPressure?.((isHigh = true));
        else if (isHigh && line.numWaiting <= HIGH_WATER_SEGMENTS / 2) options.onPressure?.((isHigh = false));
      };
      const run = async (ticket: Ticket<R>): Promise<void> => {
        try {
          line.finish(ticket, { outcome: await options.work(ticket.segment) });
        } catch (error) {
          line.finish(ticket, { error });
        }
        if (subscriber.closed) return;
        emitReady();
        pump();
      };
      const pump = (): void => {
        while (!subscriber.closed && line.numRunning < options.maxInFlight) {
          const ticket = line.start();
          if (ticket === null) break;
          void run(ticket);
        }
        regulate();
      };

      subscriber.add(
        segments$.subscribe({
          next: (event) => {
            line.push(event);
            pump();
            if (options.capacity !== null && line.numWaiting > options.capacity) {
              line.dropOldest();
              options.onDropped?.(1);
            }
            emitReady();
          },
          complete: () => {
            ended = {};
            emitReady();
          },
          error: (error: unknown) => {
            ended = { error };
            emitReady();
          },
        }),
      );
    });
}

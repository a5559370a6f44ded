import { asyncScheduler, takeWhile, tap, type Observable } from 'rxjs';
import { systemClock } from '../../core/clock.js';
import type { EpochStart, Gap, Segment, SourceTracks } from '../../core/media.js';
import type { MediaInput } from '../../streams/media-input.js';
import { segment } from '../../streams/segment/segment.js';
import { shed } from '../../streams/segment/shed.js';

/** Segments of one file that are worked on at the same time: enough for the workers to batch, few enough to stay small. */
const MAX_IN_FLIGHT = 32;

/** What is done with the segments of a finite source. */
export interface SegmentWork<R> {
  readonly input: MediaInput;
  /** Called in order; results come out in order. */
  readonly work: (segment: Segment) => Promise<R>;
  /** The first segment that is not wanted ends the work, and the decoding. */
  readonly isWanted?: (segment: Segment) => boolean;
  readonly onTracks?: (tracks: SourceTracks) => void;
}

/** Every segment of a finite source, none dropped: decoding pauses while `work` is behind. */
export function workOnSegments<R>(options: SegmentWork<R>): Observable<R | Gap | EpochStart> {
  const { input, work, isWanted = () => true, onTracks } = options;
  return input.media$.pipe(
    tap((event) => {
      if (event.type === 'tracks') onTracks?.(event.tracks);
    }),
    segment({ watermarkTimeoutMs: null, idleTimeoutMs: 1000, clock: systemClock, scheduler: asyncScheduler }),
    takeWhile((event) => event.type !== 'segment' || isWanted(event)),
    shed({
      capacity: null,
      maxInFlight: MAX_IN_FLIGHT,
      work,
      onPressure: (high) => (high ? input.pause() : input.resume()),
    }),
  );
}

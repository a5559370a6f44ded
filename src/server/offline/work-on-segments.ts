import { map, takeWhile, tap, type Observable } from 'rxjs';
import { steadyScheduler } from '../../core/steady-scheduler.js';
import type { EpochStart, Gap, Segment, SegmentEvent, SourceTracks } from '../../core/media.js';
import { segmentAtUs, segmentSeconds } from '../../core/time-grid.js';
import type { MediaInput } from '../../streams/media-input.js';
import { segment } from '../../streams/segment/segment.js';
import { shed } from '../../streams/segment/shed.js';
import { FileTime } from './file-time.js';

/** Segments of one file that are worked on at the same time: enough for the workers to batch, few enough to stay small. */
const MAX_IN_FLIGHT = 32;

/** What is done with the segments of a finite source. */
export interface SegmentWork<R> {
  readonly input: MediaInput;
  /** Called in order; results come out in order. A segment's `ptsUs` counts from the start of the file. */
  readonly work: (segment: Segment) => Promise<R>;
  /** End of the wanted time of the file in seconds: the first segment beyond it ends the work, and the decoding. */
  readonly limitSeconds?: number;
  readonly onTracks?: (tracks: SourceTracks) => void;
}

/** Start of a segment in seconds of its file. */
export function fileSeconds({ ptsUs }: Segment): number {
  return segmentSeconds(segmentAtUs(ptsUs));
}

/** A finite source and how much of it is wanted. */
export type WantedMedia = Pick<SegmentWork<unknown>, 'input' | 'limitSeconds' | 'onTracks'>;

/**
 * The segments of a finite source, whose `ptsUs` count from the start of the file, up to the limit. However long a gap is, it
 * starts no epoch: as in training, the towers go on behind it and the timestamp shows it.
 */
export function fileSegments(options: WantedMedia): Observable<SegmentEvent> {
  const { input, limitSeconds = Infinity, onTracks } = options;
  const time = new FileTime();
  return input.media$.pipe(
    tap((event) => {
      if (event.type === 'tracks') onTracks?.(event.tracks);
    }),
    segment({
      watermarkTimeoutMs: null,
      idleTimeoutMs: 1000,
      maxGapSegments: Infinity,
      scheduler: steadyScheduler,
    }),
    map((event) => time.place(event)),
    takeWhile((event) => event.type !== 'segment' || fileSeconds(event) < limitSeconds),
  );
}

/** Every segment of a finite source, none dropped: decoding pauses while `work` is behind. See `fileSegments`. */
export function workOnSegments<R>(options: SegmentWork<R>): Observable<R | Gap | EpochStart> {
  const { input, work } = options;
  return fileSegments(options).pipe(
    shed({
      capacity: null,
      maxInFlight: MAX_IN_FLIGHT,
      work,
      onPressure: (high) => (high ? input.pause() : input.resume()),
    }),
  );
}

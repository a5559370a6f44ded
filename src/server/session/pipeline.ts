import type { Readable } from 'node:stream';
import { concatMap, filter, finalize, tap, type Observable } from 'rxjs';
import type { Config } from '../../core/config.js';
import type { EvokedError } from '../../core/errors.js';
import type { MediaEvent, PacketsDecoded, Segment, SourceTracks } from '../../core/media.js';
import type { SessionEvent } from '../../core/protocol.js';
import { RECEPTIVE_FIELD_SEGMENTS } from '../../core/time-grid.js';
import type { Scorer, ScoreResult } from '../../model/scoring.js';
import type { MediaInput, MediaInputOptions } from '../../streams/media-input.js';
import { waitsForSenders } from '../../streams/policy/check-source.js';
import type { PushPoint } from '../../streams/push/push-point.js';
import { supervisePushed } from '../../streams/push/supervise-pushed.js';
import { segment } from '../../streams/segment/segment.js';
import { shed } from '../../streams/segment/shed.js';
import { superviseInput } from '../../streams/supervise/supervise-input.js';
import type {
  InputStatus,
  SupervisedEvent,
  SupervisedInput,
} from '../../streams/supervise/supervised-input.js';
import { designOf } from './design.js';
import { EpochNames } from './epoch-names.js';
import { EpochNarrator } from './epoch-narrator.js';
import { EpochPlacement } from './epoch-placement.js';
import type { Parts } from './parts.js';
import { inputOptions, pushedInputOptions } from './input-options.js';
import { requireScorable } from './require-scorable.js';
import { ResilientScorer } from './resilient-scorer.js';
import type { SessionSource } from './session-source.js';

/** Segments of one stream in inference at the same time: one being scored, one on its way. */
const MAX_IN_FLIGHT = 2;

/** What a pipeline does beside emitting scores. */
export interface PipelineEvents {
  /** The source's state; `ended` and `failed` may come while scores are still on their way. */
  status(status: InputStatus): void;
  tracks(tracks: SourceTracks): void;
  decoded(report: PacketsDecoded): void;
  /** A segment is about to be scored. */
  scoring(segment: Segment): void;
  scored(result: ScoreResult): void;
  /** Segments were dropped because inference is too slow. */
  overloaded(): void;
  inferenceFailed(error: EvokedError): void;
}

/** One source on its way to scores. */
export interface Pipeline {
  /** Cold, for one subscription; completes when the source has ended or failed and all is scored. */
  readonly events$: Observable<SessionEvent>;
  setPreview(on: boolean): void;
  /** Segments that wait to be scored. */
  readonly numWaiting: number;
}

/** What a pipeline is made from. */
export interface PipelineOptions {
  readonly source: SessionSource;
  /** Where senders come to a pushed stream; null for every other one. */
  readonly point: PushPoint | null;
  /** What the first epoch is called. */
  readonly firstEpoch: number;
  readonly config: Config;
  readonly parts: Parts;
  readonly events: PipelineEvents;
}

/** Supervised source → segments → shedding → scores. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { firstEpoch, config, parts, events } = options;
  const { scheduler, engine } = parts;
  const names = new EpochNames(firstEpoch);
  const placement = new EpochPlacement(names);
  const narrator = new EpochNarrator(names);
  const supervised = supervise(options);
  let numWaiting = 0;
  const openScorer = (): Scorer =>
    engine.open({
      position: config.inference.position,
      maxAbsenceSegments: RECEPTIVE_FIELD_SEGMENTS,
    });
  const scorer = new ResilientScorer(openScorer, placement, designOf(options.source.spec), {
    started: (placed) => events.scoring(placed),
    scored: (result) => events.scored(result),
    failed: (error) => events.inferenceFailed(error),
  });
  const events$ = withoutStatus(supervised.events$, events).pipe(
    segment({ ...config.segment, wanted: engine.modalities, scheduler }),
    tap((event) => {
      if (event.type === 'segment') numWaiting += 1;
    }),
    shed({
      maxInFlight: MAX_IN_FLIGHT,
      capacity: config.inference.queueSegments,
      work: (next) => {
        numWaiting -= 1;
        return scorer.score(next);
      },
      onDropped: (numSegments) => {
        numWaiting -= numSegments;
        events.overloaded();
      },
    }),
    concatMap((item) => narrator.tell(item)),
    finalize(() => scorer.close()),
  );
  return {
    events$,
    setPreview: (on) => supervised.setPreview(on),
    get numWaiting() {
      return numWaiting;
    },
  };
}

function supervise({ source, point, config, parts }: PipelineOptions): SupervisedInput {
  const { scheduler, random, engine } = parts;
  const { backoffInitialMs, backoffMaxMs, maxCrashRestartsPerMinute } = config.source;
  const open = (options: MediaInputOptions, pushed?: Readable): MediaInput =>
    requireScorable(parts.openInput(options, pushed && { pushed }), engine.modalities);
  if (point !== null) {
    return supervisePushed(point, {
      openInput: (form, bytes) => open(pushedInputOptions(form, config), bytes),
      scheduler,
    });
  }
  const options = inputOptions(source.url, source.origin, config);
  const { live } = source.spec;
  return superviseInput(() => open(options), {
    live,
    waitsForSender: waitsForSenders(source.spec),
    backoffInitialMs,
    backoffMaxMs,
    maxCrashRestartsPerMinute,
    scheduler,
    random,
  });
}

/** Media alone; the rest is reported on the way. */
function withoutStatus(events$: Observable<SupervisedEvent>, events: PipelineEvents): Observable<MediaEvent> {
  return events$.pipe(
    filter((event): event is MediaEvent => {
      if (event.type === 'tracks') events.tracks(event.tracks);
      if (event.type === 'decoded') events.decoded(event);
      if (event.type !== 'status') return true;
      events.status(event);
      return false;
    }),
  );
}

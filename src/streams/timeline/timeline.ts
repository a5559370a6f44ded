import type { Modality } from '../../core/media.js';
import { ClockTrack } from './clock-track.js';
import { DriftWatch } from './drift-watch.js';
import { JumpDoubt, SAME_JUMP_US } from './jump-doubt.js';

/** A live modality that lies further than this from the other one does not share its clock. */
export const MAX_SKEW_US = 10_000_000;

/** How far the first media of a live source may lie from where its container says that it starts. */
export const MAX_LEAD_US = 500_000;

/** How long a modality may keep sending media of the old timeline after the other one has left it. */
export const MAX_OLD_MEDIA_US = 5_000_000;

/** How a timeline reads its source's clock. */
export interface TimelineOptions {
  /** Live sources: a clock that runs ahead of the arrival clock has jumped. Finite ones: it is only a gap. */
  readonly live: boolean;
  /**
   * Media time 0 in the source's clock, in µs (a container's start time); null takes the first media, and so does a live source
   * whose first media lies elsewhere.
   */
  readonly originUs: number | null;
  /**
   * After how many µs a modality's counter starts over (may be fractional: 2³³/0.09 for MPEG-TS, 2³²/0.09 for RTP video);
   * absent where it never does.
   */
  readonly wrapPeriodUs?: Partial<Record<Modality, number>>;
}

/** One decoded frame as the source dates it. */
export interface RawTime {
  /** Presentation time in the source's clock, in µs (may be fractional); null where the source gives none. */
  readonly rawPtsUs: number | null;
  /** Length in µs, 0 when unknown. */
  readonly durationUs: number;
  /** When the packet arrived, in ms of a clock that nobody sets. */
  readonly arrivedAtMs: number;
}

/** Where a frame belongs. */
export type Placement =
  | {
      readonly type: 'media';
      /** Media time since the timeline's origin: an integer ≥ 0; strictly increasing for `visual`. */
      readonly ptsUs: number;
      /** Not null: a new timeline starts with this frame; send a `TimelineStart` before it. */
      readonly started: 'start' | 'discontinuity' | null;
      /**
       * True where this modality enters a timeline, by starting it or by following the other one: its picker is to be
       * flushed, or its sample clock reset, before this frame.
       */
      readonly entered: boolean;
    }
  /** Do not send. Counted in `dropped`. */
  | { readonly type: 'dropped'; readonly reason: DropReason };

/** `old` belongs to a timeline that is over, `early` lies before the origin, `doubtful` shows a jump that nothing confirmed yet. */
export type DropReason = 'old' | 'early' | 'doubtful';

interface TrackState {
  readonly clock: ClockTrack;
  readonly doubt: JumpDoubt;
  /** Timeline that the modality is in; −1 before its first frame. */
  timeline: number;
  /** Media time 0 in this modality's clock: the shared origin, unless its clock is one of its own. */
  originUs: number;
  lastMediaUs: number;
  /** Media time that it has sent since the other one left its timeline. */
  oldMediaUs: number;
  /** True until its first frame in `timeline` has been placed. */
  isEntering: boolean;
}

/**
 * Gives the decoded frames of both modalities one media time: integer µs since a shared origin. Frames of a modality come
 * in presentation order, as decoders give them; the modalities may be interleaved in any way.
 *
 * Counters that wrap continue without a seam. A jump backwards by more than 0.5 s, or on live sources a jump of more than
 * 2 s ahead of the arrival clock, starts a new timeline. The other modality follows when it jumps too; what it still sends of
 * the old timeline is dropped. In a file the first frame that shows a jump starts the timeline. A live source may be damaged:
 * there a jump counts once the other modality shows it too, or 0.5 s of media came from where it landed.
 *
 * Where a live source dates pictures and sound by clocks that run apart, pictures follow the sound.
 */
export class Timeline {
  readonly #live: boolean;
  readonly #tracks: Readonly<Record<Modality, TrackState>>;
  readonly #drift = new DriftWatch();
  readonly #dropped: Record<DropReason, number> = { old: 0, early: 0, doubtful: 0 };
  #timeline = -1;
  #originUs: number | null;
  /** Why the current timeline started, until a frame has told it. */
  #unannounced: 'start' | 'discontinuity' | null = null;
  /** How the modality that started the current timeline jumped, and when. */
  #jumpUs = 0;
  #jumpedAtUs = 0;

  constructor(options: TimelineOptions) {
    this.#live = options.live;
    this.#originUs = options.originUs;
    const track = (modality: Modality): TrackState => ({
      clock: new ClockTrack(options.wrapPeriodUs?.[modality] ?? null),
      doubt: new JumpDoubt(),
      timeline: -1,
      originUs: 0,
      lastMediaUs: -1,
      oldMediaUs: 0,
      isEntering: false,
    });
    this.#tracks = { visual: track('visual'), audio: track('audio') };
  }

  /** Frames that were not placed, by reason. */
  get dropped(): Readonly<Record<DropReason, number>> {
    return this.#dropped;
  }

  /** Places the next frame of `modality`. */
  place(modality: Modality, time: RawTime): Placement {
    const track = this.#tracks[modality];
    const other = this.#tracks[modality === 'visual' ? 'audio' : 'visual'];
    const arrivedAtUs = time.arrivedAtMs * 1000;
    const timeUs = track.clock.resolve(time.rawPtsUs, other.clock.lastUs ?? this.#originUs);
    const stepUs = track.clock.stepUs(timeUs);
    const isFirst = track.timeline < 0;
    const isBehind = !isFirst && track.timeline < this.#timeline;
    const jumped = isBehind
      ? this.#hasFollowed(track, timeUs, stepUs, arrivedAtUs)
      : this.#hasJumped(track, other, time, timeUs);
    if (jumped === 'doubtful') return this.#drop('doubtful');
    const jumpUs = track.doubt.jump?.jumpUs ?? stepUs;
    track.doubt.settle();
    track.clock.advance(timeUs, time.durationUs, arrivedAtUs, jumped);

    if (isBehind && !jumped) return this.#drop('old');
    if (this.#timeline < 0) this.#start('start', this.#firstOriginUs(timeUs), 0, arrivedAtUs);
    else if (jumped && !isBehind) this.#start('discontinuity', timeUs, jumpUs, arrivedAtUs);
    if (track.timeline !== this.#timeline) this.#enter(track, other, timeUs);

    if (this.#live) this.#drift.note(modality, timeUs, arrivedAtUs);
    // Sound is the clock, as in players: pictures can be moved without a seam.
    const driftUs = modality === 'visual' ? this.#drift.driftUs : 0;
    const mediaUs = Math.round(timeUs - track.originUs - driftUs);
    if (mediaUs < 0) return this.#drop('early');
    // Math.max also makes 0 of −0.
    const ptsUs = modality === 'visual' ? Math.max(mediaUs, track.lastMediaUs + 1) : Math.max(0, mediaUs);
    track.lastMediaUs = Math.max(track.lastMediaUs, ptsUs);
    const started = this.#unannounced;
    const entered = track.isEntering;
    this.#unannounced = null;
    track.isEntering = false;
    return { type: 'media', ptsUs, started, entered };
  }

  /** Whether a modality's clock jumped; `doubtful` where it may be one damaged date, and others are to confirm it. */
  #hasJumped(track: TrackState, other: TrackState, time: RawTime, timeUs: number): boolean | 'doubtful' {
    const { clock, doubt } = track;
    const { durationUs } = time;
    const arrivedAtUs = time.arrivedAtMs * 1000;
    const jumped = clock.hasJumped(timeUs, arrivedAtUs, this.#live);
    if (!this.#live) return jumped;
    if (time.rawPtsUs === null) {
      return doubt.jump === null || doubt.noteUndated(arrivedAtUs) ? false : 'doubtful';
    }
    const isOdd =
      jumped ||
      clock.hasLeapt(timeUs, arrivedAtUs) ||
      doubt.claims(timeUs, arrivedAtUs, clock.expectedUs(arrivedAtUs));
    if (!isOdd) return false;
    const stepUs = clock.stepUs(timeUs);
    const isConfirmed = Math.abs((other.doubt.jump?.jumpUs ?? Infinity) - stepUs) < SAME_JUMP_US;
    const isBelieved = doubt.note({ timeUs, durationUs, arrivedAtUs, stepUs, isJump: jumped }) || isConfirmed;
    return isBelieved ? doubt.jump!.isJump : 'doubtful';
  }

  /** Whether a modality that the other one left behind now shows the same jump, or evidently never will. */
  #hasFollowed(track: TrackState, timeUs: number, stepUs: number, arrivedAtUs: number): boolean {
    if (track.clock.hasJumped(timeUs, arrivedAtUs, this.#live)) return true;
    if (Math.abs(stepUs - this.#jumpUs) < Math.abs(stepUs)) return true;
    track.oldMediaUs += Math.max(0, timeUs - (track.clock.lastUs ?? timeUs));
    const waitedUs = this.#live ? arrivedAtUs - this.#jumpedAtUs : 0;
    return Math.max(track.oldMediaUs, waitedUs) > MAX_OLD_MEDIA_US;
  }

  #firstOriginUs(timeUs: number): number {
    if (this.#originUs === null) return timeUs;
    const isElsewhere = this.#live && Math.abs(timeUs - this.#originUs) > MAX_LEAD_US;
    return isElsewhere ? timeUs : this.#originUs;
  }

  #start(reason: 'start' | 'discontinuity', originUs: number, jumpUs: number, arrivedAtUs: number): void {
    this.#timeline += 1;
    this.#drift.reset();
    this.#originUs = originUs;
    this.#jumpUs = jumpUs;
    this.#jumpedAtUs = arrivedAtUs;
    this.#unannounced = reason;
  }

  #enter(track: TrackState, other: TrackState, timeUs: number): void {
    const originUs = this.#originUs ?? timeUs;
    track.timeline = this.#timeline;
    track.isEntering = true;
    track.oldMediaUs = 0;
    track.lastMediaUs = -1;
    track.originUs = originUs;
    if (!this.#live && this.#timeline === 0) return;
    if (other.timeline !== this.#timeline || other.lastMediaUs < 0) return;
    // No common clock: what arrives at the same moment is taken for simultaneous.
    const skewUs = timeUs - originUs - other.lastMediaUs;
    if (Math.abs(skewUs) > MAX_SKEW_US) track.originUs = timeUs - other.lastMediaUs;
  }

  #drop(reason: DropReason): Placement {
    this.#dropped[reason] += 1;
    return { type: 'dropped', reason };
  }
}

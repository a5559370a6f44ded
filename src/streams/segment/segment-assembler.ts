import type {
  AudioFrame,
  EpochReason,
  MediaEvent,
  Modality,
  SegmentEvent,
  VideoFrame,
} from '../../core/media.js';
import { RECEPTIVE_FIELD_SEGMENTS, SEGMENT_RATE, segmentAtUs } from '../../core/time-grid.js';
import { ModalityProgress } from './modality-progress.js';
import { SegmentLedger } from './segment-ledger.js';
import { PendingMedia, segmentOfSample, type SegmentContent } from './pending-media.js';

/** Segments with media that may wait; beyond it the oldest is emitted as it is. 10 s, about 10 MB. */
export const MAX_PENDING_SEGMENTS = 60;

const MODALITIES = ['visual', 'audio'] as const satisfies readonly Modality[];

/** When a segment stops waiting. */
export interface AssemblerOptions {
  /**
   * Wait after the first modality has passed a segment's end, in ms. Null for media read at full speed: nothing but
   * memory limits the wait, and no silence counts as idle.
   */
  readonly watermarkTimeoutMs: number | null;
  /** Silence after which a modality holds nothing back, in ms. */
  readonly idleTimeoutMs: number;
  /** A longer gap starts an epoch; by default the receptive field. Infinity keeps each timeline in one epoch. */
  readonly maxGapSegments?: number;
  /** A segment that holds none of these counts as missing; by default any modality will do. */
  readonly wanted?: readonly Modality[];
  /** Media that came after its segment had been decided: pictures, or samples. */
  readonly onLate?: (modality: Modality, count: number) => void;
}

/**
 * Cuts media into segments. Pure: time comes in as `nowMs`, events go out as return values, and `deadlineMs` says when
 * `advance` is due although no media came.
 *
 * A segment is decided once and for all when every modality of the source that is not idle has passed its end, or some
 * time after the first one did. What then holds neither a picture nor half of its audio, or nothing that is wanted, is
 * missing; missing segments are
 * reported as one Gap before the next segment, so an epoch never ends with a Gap.
 */
export class SegmentAssembler {
  readonly #options: AssemblerOptions;
  readonly #pending = new PendingMedia();
  readonly #progress = { visual: new ModalityProgress(), audio: new ModalityProgress() };
  readonly #ledger: SegmentLedger;
  /** First undecided segment of the timeline. */
  #next = 0;
  #out: SegmentEvent[] = [];

  constructor(options: AssemblerOptions) {
    this.#options = options;
    this.#ledger = new SegmentLedger(options.maxGapSegments ?? RECEPTIVE_FIELD_SEGMENTS);
  }

  /** Segments that hold media and wait. */
  get numPending(): number {
    return this.#pending.size;
  }

  /** Takes one event; returns what it decided. */
  push(event: MediaEvent, nowMs: number): SegmentEvent[] {
    switch (event.type) {
      case 'tracks':
        this.#startTimeline('restart');
        this.#progress.visual.reconnect(event.tracks.video !== null, nowMs);
        this.#progress.audio.reconnect(event.tracks.audio !== null, nowMs);
        break;
      case 'timeline':
        this.#startTimeline(event.reason);
        break;
      case 'videoFrame':
        this.#addFrame(event, nowMs);
        break;
      case 'audioFrame':
        this.#addAudio(event, nowMs);
        break;
      case 'watermark':
        this.#pass(event.modality, segmentAtUs(event.ptsUs), event.arrivedAtMs, nowMs);
        break;
      case 'decoded':
        break;
    }
    return this.advance(nowMs);
  }

  /** Decides what is due at `nowMs`. */
  advance(nowMs: number): SegmentEvent[] {
    for (let limit = this.#limit(nowMs); this.#next < limit; limit = this.#limit(nowMs)) this.#decide(limit);
    return this.#takeOut();
  }

  /**
   * Nothing more comes: decides all that is left. A last segment that no modality has passed is emitted if it holds a picture
   * of its own or half of its audio.
   */
  flush(): SegmentEvent[] {
    const { visual, audio } = this.#progress;
    const limit = Math.max(visual.passes.segment, audio.passes.segment, (this.#pending.lastWorthy ?? -1) + 1);
    while (this.#next < limit) this.#decide(limit);
    return this.#takeOut();
  }

  /** When, in ms of the clock that `nowMs` comes from, `advance` is due, null while only media can decide anything. */
  get deadlineMs(): number | null {
    const { watermarkTimeoutMs, idleTimeoutMs } = this.#options;
    const firstPass = this.#firstPass(this.#next);
    if (watermarkTimeoutMs === null || firstPass === null) return null;
    let deadlineMs = firstPass.seenAtMs + this.#waitMs(watermarkTimeoutMs);
    for (const { seenAtMs } of this.#lagging()) {
      if (seenAtMs !== null) deadlineMs = Math.min(deadlineMs, seenAtMs + idleTimeoutMs);
    }
    return deadlineMs;
  }

  #startTimeline(reason: EpochReason, base = 0): void {
    this.#out = this.flush();
    this.#pending.clear();
    for (const modality of MODALITIES) this.#progress[modality].passes.reset(base);
    this.#ledger.open(reason, base);
    this.#next = base;
  }

  #addFrame(frame: VideoFrame, nowMs: number): void {
    const k = segmentAtUs(frame.ptsUs);
    this.#rewindIfFarBack('visual', k);
    if (k < this.#next) {
      this.#noteLate('visual', k, 1);
      this.#pending.addLateFrame(frame);
    } else {
      this.#pending.addFrame(frame);
    }
    this.#pass('visual', k, frame.arrivedAtMs, nowMs);
  }

  #addAudio(block: AudioFrame, nowMs: number): void {
    const k = segmentOfSample(block.startSample);
    this.#rewindIfFarBack('audio', k);
    const numLate = this.#pending.addAudio(block, this.#next);
    if (numLate > 0) this.#noteLate('audio', k, numLate);
    const end = segmentOfSample(block.startSample + block.samples.length);
    this.#pass('audio', end, block.arrivedAtMs, nowMs);
  }

  #noteLate(modality: Modality, k: number, count: number): void {
    this.#options.onLate?.(modality, count);
    this.#ledger.noteLate(k);
    this.#progress[modality].learn(((this.#leader() - k) * 1000) / SEGMENT_RATE);
  }

  /** A modality that goes back beyond the receptive field without a new timeline starts an epoch where it lands. */
  #rewindIfFarBack(modality: Modality, k: number): void {
    if (this.#progress[modality].passes.segment - k <= RECEPTIVE_FIELD_SEGMENTS) return;
    this.#startTimeline('discontinuity', Math.max(0, k - (k % 3)));
  }

  #pass(modality: Modality, segment: number, arrivedAtMs: number, nowMs: number): void {
    const progress = this.#progress[modality];
    progress.see(nowMs);
    if (!progress.passes.note({ segment, arrivedAtMs, seenAtMs: nowMs }) || segment <= this.#next) return;
    const firstPass = this.#firstPass(segment - 1);
    if (firstPass !== null) progress.learn(nowMs - firstPass.seenAtMs);
  }

  #takeOut(): SegmentEvent[] {
    const out = this.#out;
    this.#out = [];
    return out;
  }

  #leader(): number {
    return Math.max(this.#progress.visual.passes.segment, this.#progress.audio.passes.segment);
  }

  #firstPass(k: number): { readonly seenAtMs: number; readonly segment: number } | null {
    const visual = this.#progress.visual.passes.passOf(k);
    const audio = this.#progress.audio.passes.passOf(k);
    if (visual === null || audio === null) return visual ?? audio;
    return visual.seenAtMs <= audio.seenAtMs ? visual : audio;
  }

  /** Modalities of the source that have not passed the next segment. */
  #lagging(): ModalityProgress[] {
    return MODALITIES.map((modality) => this.#progress[modality]).filter(
      (progress) => progress.isKnown && progress.passes.segment <= this.#next,
    );
  }

  #waitMs(watermarkTimeoutMs: number): number {
    return watermarkTimeoutMs + Math.max(0, ...this.#lagging().map((progress) => progress.learntWaitMs));
  }

  /** The first segment that may not be decided at `nowMs`. */
  #limit(nowMs: number): number {
    const { watermarkTimeoutMs, idleTimeoutMs } = this.#options;
    const awaited = MODALITIES.map((modality) => this.#progress[modality]).filter(
      (each) => each.isKnown && (watermarkTimeoutMs === null || !each.isIdle(nowMs, idleTimeoutMs)),
    );
    const passed =
      awaited.length === 0 ? this.#leader() : Math.min(...awaited.map((each) => each.passes.segment));
    if (passed > this.#next) return passed;
    if (this.#pending.size > MAX_PENDING_SEGMENTS) return (this.#pending.first ?? this.#next) + 1;
    if (watermarkTimeoutMs === null) return this.#next;
    const firstPass = this.#firstPass(this.#next);
    const isDue = firstPass !== null && nowMs >= firstPass.seenAtMs + this.#waitMs(watermarkTimeoutMs);
    return isDue ? firstPass.segment : this.#next;
  }

  /** Decides the next segment, or skips to the next one before `limit` that can hold anything. */
  #decide(limit: number): void {
    const k = this.#next;
    if (!this.#pending.has(k) && !this.#pending.screenReaches(k)) {
      this.#next = Math.min(limit, this.#pending.first ?? limit);
    } else {
      const content = this.#pending.take(k);
      if (content !== null && this.#isWanted(content)) this.#tell(k, content);
      this.#next = k + 1;
    }
    for (const modality of MODALITIES) this.#progress[modality].passes.forgetBefore(this.#next);
  }

  #isWanted({ parts: { frame, audio } }: SegmentContent): boolean {
    const { wanted = MODALITIES } = this.#options;
    return (frame !== null && wanted.includes('visual')) || (audio !== null && wanted.includes('audio'));
  }

  #tell(k: number, content: SegmentContent): void {
    const passes = MODALITIES.map((each) => this.#progress[each].passes.passOf(k)?.arrivedAtMs ?? -Infinity);
    const arrivedAtMs = Math.max(content.arrivedAtMs, ...passes);
    this.#out.push(...this.#ledger.tell(k, { ...content.parts, arrivedAtMs }));
  }
}

import type { EpochReason } from '../../../src/core/media.js';
import type { BreakReason } from './score-window.js';
import { SEGMENT_RATE } from '../../../src/core/time-grid.js';

/** One line of what happened to a stream. */
export interface LogEntry {
  /** Grows with every entry. */
  readonly id: number;
  /** Wall clock of this page, Unix ms. */
  readonly atMs: number;
  readonly kind: 'break' | 'epoch' | 'status' | 'connection';
  readonly text: string;
}

/** The newest entries first, at most `capacity` of them. */
export class EventLog {
  readonly #capacity: number;
  #entries: readonly LogEntry[] = [];
  #nextId = 0;

  constructor(capacity = 12) {
    this.#capacity = capacity;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  add(kind: LogEntry['kind'], text: string, atMs: number): void {
    this.#entries = [{ id: this.#nextId++, atMs, kind, text }, ...this.#entries].slice(0, this.#capacity);
  }
}

const BREAK_CAUSES: Record<BreakReason, string> = {
  overload: 'dropped: the model could not keep up',
  source: 'missing from the source',
  late: 'arrived too late',
  failure: 'lost: an inference worker failed',
  history: 'came while this page was not connected, and are no longer held by the server',
  missed: 'never reached this page',
  'no-media': 'no media came',
};

const EPOCH_CAUSES: Record<EpochReason, string> = {
  start: 'the stream started',
  discontinuity: "the source's clock jumped",
  restart: 'the source was opened again',
  'long-gap': 'a gap was longer than the model remembers',
};

/** A gap for a person: how much, and why. */
export function describeBreak(reason: BreakReason, numSegments: number): string {
  if (numSegments === 0) return BREAK_CAUSES[reason];
  const seconds = (numSegments / SEGMENT_RATE).toFixed(1);
  return `${numSegments} ${numSegments === 1 ? 'segment' : 'segments'} (${seconds} s) ${BREAK_CAUSES[reason]}`;
}

/** A new epoch for a person. */
export function describeEpoch(epoch: number, reason: EpochReason): string {
  return `Epoch ${epoch} began: ${EPOCH_CAUSES[reason]}; the model starts from an empty memory`;
}

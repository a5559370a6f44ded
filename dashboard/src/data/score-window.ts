import type { EpochReason, EpochStart, Gap, GapReason } from '../../../src/core/media.js';
import type { HistoryGap, ScoreMessage } from '../../../src/core/protocol.js';
import { SEGMENT_RATE } from '../../../src/core/time-grid.js';
import { type Moment, NOTHING, TraceColumns, type Tower, type Traces } from './trace-columns.js';

/** Why there are no values: the server's reasons, and what only a client can know. */
export type BreakReason =
  | HistoryGap['reason']
  | GapReason
  /** Nobody said why: the next score simply had a later seq. */
  | 'missed'
  /** No media came between two epochs. */
  | 'no-media';

/** Something to draw behind the traces. `x` is in seconds of stitched media time. */
export type Mark =
  | {
      readonly kind: 'break';
      readonly fromX: number;
      readonly toX: number;
      readonly reason: BreakReason;
      /** Segments that will never come, 0 when nobody counted. */
      readonly numSegments: number;
    }
  | { readonly kind: 'epoch'; readonly x: number; readonly epoch: number; readonly reason: EpochReason };

/** What a chart needs: columns in growing `xs`, and the marks among them. */
export interface WindowView {
  readonly xs: readonly number[];
  readonly traces: Readonly<Record<Tower, Traces>>;
  /** What the source is designed to evoke; null where no column has that. */
  readonly designed: Traces | null;
  readonly marks: readonly Mark[];
  /** The newest column, null before the first score. */
  readonly latestX: number | null;
}

const STEP_SECONDS = 1 / SEGMENT_RATE;

/**
 * The last `windowSeconds` of one stream, in *stitched media time*: inside an epoch, columns lie 1/6 s apart however
 * they arrived; between epochs the wall clock says how far. Bounded, whatever is pushed for however long.
 */
export class ScoreWindow {
  readonly #windowSeconds: number;
  readonly #columns = new TraceColumns();
  #marks: Mark[] = [];
  #epoch: number | null = null;
  #lastSeq = -1;
  /** x of seq 0 of the epoch, null until its first event came. */
  #originX: number | null = null;
  #latestX: number | null = null;
  #lastCapturedAtMs: number | null = null;
  #epochReason: EpochReason = 'start';

  constructor(windowSeconds = 60) {
    this.#windowSeconds = windowSeconds;
  }

  get view(): WindowView {
    const { xs, traces, designed } = this.#columns;
    return { xs, traces, designed, marks: this.#marks, latestX: this.#latestX };
  }

  /** A copy that later pushes do not change. */
  snapshot(): WindowView {
    return structuredClone(this.view);
  }

  /** Adds an event; false where it was known already (a resumed connection repeats some). */
  push(event: ScoreMessage | Gap | HistoryGap | EpochStart): boolean {
    if (this.#epoch !== null && event.epoch < this.#epoch) return false;
    if (event.type === 'epoch') {
      if (event.epoch === this.#epoch) return false;
      this.#enterEpoch(event.epoch, event.reason);
      return true;
    }
    if (event.epoch !== this.#epoch) this.#enterEpoch(event.epoch, 'start');
    if (event.type === 'gap') return this.#pushGap(event);
    return this.#pushScore(event);
  }

  /** The stream was made anew: what follows counts from epoch 0 again. */
  restart(): void {
    if (this.#epoch === null) return;
    this.#epoch = null;
    this.#epochReason = 'restart';
  }

  #enterEpoch(epoch: number, reason: EpochReason): void {
    this.#epochReason = this.#epoch === null && this.#latestX !== null ? 'restart' : reason;
    this.#epoch = epoch;
    this.#lastSeq = -1;
    this.#originX = null;
  }

  #pushGap(gap: Gap | HistoryGap): boolean {
    if (gap.toSeq <= this.#lastSeq) return false;
    const fromSeq = Math.max(gap.fromSeq, this.#lastSeq + 1);
    const originX = this.#place(fromSeq, null);
    this.#columns.append(originX + fromSeq * STEP_SECONDS, NOTHING);
    this.#marks.push({
      kind: 'break',
      fromX: originX + (fromSeq - 1) * STEP_SECONDS,
      toX: originX + (gap.toSeq + 1) * STEP_SECONDS,
      reason: gap.reason,
      numSegments: gap.toSeq - fromSeq + 1,
    });
    this.#lastSeq = gap.toSeq;
    this.#trim(originX + gap.toSeq * STEP_SECONDS);
    return true;
  }

  #pushScore(score: ScoreMessage): boolean {
    if (score.seq <= this.#lastSeq) return false;
    const isFirst = this.#originX === null;
    const originX = this.#place(score.seq, score.capturedAtMs);
    if (!isFirst && score.seq > this.#lastSeq + 1) this.#markMissed(originX, score.seq);
    const x = originX + score.seq * STEP_SECONDS;
    this.#columns.append(x, momentOf(score));
    this.#lastSeq = score.seq;
    this.#lastCapturedAtMs = score.capturedAtMs;
    this.#trim(x);
    return true;
  }

  #markMissed(originX: number, nextSeq: number): void {
    const fromX = originX + this.#lastSeq * STEP_SECONDS;
    this.#columns.append(fromX + STEP_SECONDS, NOTHING);
    const toX = originX + nextSeq * STEP_SECONDS;
    const numSegments = nextSeq - this.#lastSeq - 1;
    this.#marks.push({ kind: 'break', fromX, toX, reason: 'missed', numSegments });
  }

  /** x of seq 0; places the epoch after the one before when `seq` is its first. */
  #place(seq: number, capturedAtMs: number | null): number {
    if (this.#originX !== null) return this.#originX;
    if (this.#latestX === null) {
      this.#originX = -seq * STEP_SECONDS;
      return this.#originX;
    }
    const silentSeconds =
      capturedAtMs === null || this.#lastCapturedAtMs === null
        ? 0
        : (capturedAtMs - this.#lastCapturedAtMs) / 1000;
    const distance = Math.min(Math.max(silentSeconds, 2 * STEP_SECONDS), this.#windowSeconds);
    const previousX = this.#latestX;
    const x = previousX + distance;
    this.#columns.append(previousX + STEP_SECONDS, NOTHING);
    if (distance > 1) {
      this.#marks.push({ kind: 'break', fromX: previousX, toX: x, reason: 'no-media', numSegments: 0 });
    }
    this.#marks.push({ kind: 'epoch', x, epoch: this.#epoch ?? 0, reason: this.#epochReason });
    this.#originX = x - seq * STEP_SECONDS;
    return this.#originX;
  }

  #trim(latestX: number): void {
    this.#latestX = latestX;
    const oldestX = latestX - this.#windowSeconds;
    // Two seconds of slack make this a bulk move every dozen scores, instead of 46 shifts at each.
    if ((this.#columns.xs[0] ?? latestX) >= oldestX - 2) return;
    this.#columns.dropBefore(oldestX);
    this.#marks = this.#marks.filter((mark) => (mark.kind === 'break' ? mark.toX : mark.x) >= oldestX);
  }
}

/** The values of a score, by what they are. */
export function momentOf({ scores, visual, audio, designed }: ScoreMessage): Moment {
  return { ensemble: scores, visual, audio, designed };
}

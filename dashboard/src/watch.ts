import { SEGMENT_RATE } from '../../src/core/time-grid.js';
import type { StreamInfo } from '../../src/core/protocol.js';
import { agreementOf, type ShownAgreement } from './data/agreement.js';
import type { WindowView } from './data/score-window.js';
import type { Tower } from './data/trace-columns.js';
import { WatchedStream } from './data/watched-stream.js';
import { openScoreFeed } from './score-feed.js';
import { type ChartFrame, chartFrame, WINDOW_SECONDS } from './view/chart-frame.js';

/** One stream while it is shown: its subscription and what came over it. */
export class Watch {
  readonly stream: WatchedStream;
  /** Tells a stream from a later one of the same id. */
  readonly createdAtMs: number;
  readonly #feed: ReturnType<typeof openScoreFeed>;
  #frozen: { readonly view: WindowView; readonly agreement: ShownAgreement | null } | null = null;

  /** Starts with the last minute of history. */
  constructor(info: StreamInfo, token: string | null, onChange: () => void) {
    this.stream = new WatchedStream(info.id);
    this.createdAtMs = info.createdAtMs;
    this.stream.state = info.state;
    this.stream.detail = info.detail;
    this.stream.pack = info.pack;
    this.#feed = openScoreFeed({
      streamId: info.id,
      since: lastMinute(info),
      token,
      onMessage: (message) => {
        this.stream.receive(message, Date.now());
        onChange();
      },
      onConnection: (event) => {
        const detail = event.state === 'refused' ? event.detail : '';
        this.stream.connectionIs(event.state, Date.now(), detail);
        onChange();
      },
    });
  }

  /** The subscription is over, but the stream is not: it was started again, or the subscription gave up. */
  isOverBefore({ state }: StreamInfo): boolean {
    return this.#feed.closed && state !== 'ended' && state !== 'failed';
  }

  get paused(): boolean {
    return this.#frozen !== null;
  }

  /** Freezes what is shown; scores keep coming in underneath. */
  pause(paused: boolean): void {
    this.#frozen = paused ? { view: this.stream.window.snapshot(), agreement: this.agreement() } : null;
  }

  /** Age of the newest score in seconds, 0 while paused, null before the first. */
  silentSeconds(nowMs: number): number | null {
    if (this.paused) return 0;
    const { latest } = this.stream;
    return latest === null ? null : (nowMs - latest.receivedAtMs) / 1000;
  }

  frame(tower: Tower, readoutX: number | null): ChartFrame {
    return chartFrame(this.#frozen?.view ?? this.stream.window.view, tower, readoutX);
  }

  /** Null for a stream that plays no film, and before its first score. */
  agreement(): ShownAgreement | null {
    if (this.#frozen !== null) return this.#frozen.agreement;
    const { window, agreement } = this.stream;
    const { xs, traces, designed, latestX } = window.view;
    if (designed === null) return null;
    return {
      lastMinute: agreementOf(xs, traces, designed, (latestX ?? 0) - WINDOW_SECONDS),
      sinceStart: agreement.value,
      seenSeconds: agreement.numMoments / SEGMENT_RATE,
    };
  }

  close(): void {
    this.#feed.close();
  }
}

function lastMinute(info: StreamInfo): { epoch: number; seq: number } | null {
  if (info.epoch < 0) return null;
  return { epoch: info.epoch, seq: Math.max(info.nextSeq - 1 - WINDOW_SECONDS * SEGMENT_RATE, -1) };
}

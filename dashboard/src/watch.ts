import { SEGMENT_RATE } from '../../src/core/time-grid.js';
import type { StreamInfo } from '../../src/core/protocol.js';
import type { Tower, WindowView } from './data/score-window.js';
import { WatchedStream } from './data/watched-stream.js';
import { openScoreFeed } from './score-feed.js';
import { type ChartFrame, chartFrame, WINDOW_SECONDS } from './view/chart-frame.js';

/** One stream while it is shown: its subscription and what came over it. */
export class Watch {
  readonly stream: WatchedStream;
  /** Tells a stream from a later one of the same id. */
  readonly createdAtMs: number;
  readonly #feed: ReturnType<typeof openScoreFeed>;
  #frozen: WindowView | null = null;

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
      onConnection: (connection) => {
        this.stream.connectionIs(connection, Date.now());
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
    this.#frozen = paused ? this.stream.window.snapshot() : null;
  }

  /** Age of the newest score in seconds, 0 while paused, null before the first. */
  silentSeconds(nowMs: number): number | null {
    if (this.paused) return 0;
    const { latest } = this.stream;
    return latest === null ? null : (nowMs - latest.receivedAtMs) / 1000;
  }

  frame(tower: Tower, readoutX: number | null): ChartFrame {
    return chartFrame(this.#frozen ?? this.stream.window.view, tower, readoutX);
  }

  close(): void {
    this.#feed.close();
  }
}

function lastMinute(info: StreamInfo): { epoch: number; seq: number } | null {
  if (info.epoch < 0) return null;
  return { epoch: info.epoch, seq: Math.max(info.nextSeq - 1 - WINDOW_SECONDS * SEGMENT_RATE, -1) };
}

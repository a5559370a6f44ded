import type { StreamInfo } from '../../src/core/protocol.js';
import type { Api } from './api.js';

const INTERVAL_MS = 2000;

/** The list of streams, asked for again and again while the tab is visible. */
export class StreamPoll {
  streams: readonly StreamInfo[] = [];
  readonly #api: Api;
  readonly #onAnswer: (error: unknown) => void;
  #timer: number | undefined;
  #asking: Promise<void> | null = null;

  /** `onAnswer` gets null after a good answer, the failure otherwise. */
  constructor(api: Api, onAnswer: (error: unknown) => void) {
    this.#api = api;
    this.#onAnswer = onAnswer;
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.ask();
    });
  }

  info(id: string | null): StreamInfo | null {
    return this.streams.find((stream) => stream.id === id) ?? null;
  }

  /** Asks now; an answer on its way counts only for those who asked before it was sent. */
  async ask(): Promise<void> {
    await this.#asking;
    this.#asking = this.#askOnce();
    await this.#asking;
  }

  async #askOnce(): Promise<void> {
    window.clearTimeout(this.#timer);
    try {
      this.streams = await this.#api.listStreams();
      this.#onAnswer(null);
    } catch (error) {
      this.#onAnswer(error);
    }
    window.clearTimeout(this.#timer);
    if (document.visibilityState === 'visible') {
      this.#timer = window.setTimeout(() => void this.ask(), INTERVAL_MS);
    }
  }
}

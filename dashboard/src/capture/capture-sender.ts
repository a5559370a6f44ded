import { type MediaPush, type PushError, pushMedia, type PushOptions } from '../../../src/client/index.js';
import { CaptureProblem } from './capture-problem.js';
import { chooseForm } from './recording-form.js';
import { Recording } from './recording.js';
import { Uplink } from './uplink.js';

/** What becomes of what is recorded. */
export interface CaptureSenderEvents {
  /** The server takes it. */
  live(): void;
  /** The connection was lost, and is being made again. */
  reconnecting(): void;
  /** The network is slower than the recording. `videoBitrate` where it was lowered for that. */
  slow(videoBitrate: number | null): void;
  /** It is not any more. */
  caughtUp(): void;
  /** Nothing more can be sent, or recorded. */
  over(error: PushError | CaptureProblem): void;
}

/** Records and pushes, one file after another: each change of what is recorded, and each loss that cannot be made good, begins one. */
export class CaptureSender {
  readonly #events: CaptureSenderEvents;
  readonly #push: MediaPush;
  readonly #uplink = new Uplink();
  #recording: Recording | null = null;
  #tracks: { readonly picture: MediaStreamTrack | null; readonly sound: MediaStreamTrack | null } | null =
    null;
  #isSlow = false;

  constructor(target: PushOptions, events: CaptureSenderEvents) {
    this.#events = events;
    this.#push = pushMedia(target);
    this.#push.on('open', ({ resumed }) => {
      if (resumed) this.#uplink.reconnected(performance.now());
      events.live();
    });
    this.#push.on('lost', () => events.reconnecting());
    this.#push.on('restart', () => this.#recordAgain());
    this.#push.on('closed', ({ error }) => {
      this.#recording?.abandon();
      if (error !== null) events.over(error);
    });
  }

  /** Begins a file of these; nothing more of the ones before is sent. */
  record(picture: MediaStreamTrack | null, sound: MediaStreamTrack | null): void {
    this.#tracks = { picture, sound };
    this.#recordAgain();
  }

  /**
   * Sends the end of the recording, and that it is over.
   * @throws {PushError} where the server does not have everything
   */
  async stop(): Promise<void> {
    await this.#recording?.finish();
    await this.#push.stop();
  }

  /** As `stop`, for a page that is going away: whatever can be sent at once is. */
  leave(): void {
    this.#recording?.abandon();
    this.#push.stop().catch(() => undefined);
  }

  #recordAgain(): void {
    this.#recording?.abandon();
    this.#recording = null;
    if (this.#tracks === null || this.#push.closed) return;
    const { picture, sound } = this.#tracks;
    const form = chooseForm({ video: picture !== null, audio: sound !== null }, (type) =>
      MediaRecorder.isTypeSupported(type),
    );
    if (form === null) {
      this.#events.over(new CaptureProblem('This browser records nothing that the server can read.'));
      return;
    }
    this.#push.start(form.container);
    this.#recording = new Recording(
      [picture, sound].filter((track) => track !== null),
      form,
      this.#uplink.videoBitrate,
      (bytes) => this.#send(bytes),
      (error) => this.#recorderEnded(error),
    );
  }

  #send(bytes: Uint8Array<ArrayBuffer>): void {
    if (!this.#push.write(bytes)) return;
    const verdict = this.#uplink.observe(this.#push.unackedMs, performance.now());
    if (verdict === 'lower') this.#recordAgain();
    if (verdict === 'fine' ? this.#isSlow : verdict === 'lower' || !this.#isSlow) {
      this.#isSlow = verdict !== 'fine';
      if (!this.#isSlow) this.#events.caughtUp();
      else this.#events.slow(verdict === 'lower' ? this.#uplink.videoBitrate : null);
    }
  }

  /** Where all of its tracks ended, what comes next was told already: another recording, or the end. */
  #recorderEnded(error: unknown): void {
    if (error === null) return;
    this.#events.over(
      new CaptureProblem('The browser stopped recording. Try again, or try another browser.'),
    );
  }
}

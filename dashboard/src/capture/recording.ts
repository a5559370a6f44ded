import type { RecordingForm } from './recording-form.js';

/** How often the recorder hands out what it has. */
const TIMESLICE_MS = 50;
const AUDIO_BITRATE = 64_000;
/** Chromium ends a piece of MP4 only where the next key frame begins, which by itself is every 10 s. WebM needs no such thing. */
const MP4_KEY_FRAME_MS = 500;

/** One run of MediaRecorder: one file, in pieces that are handed on in order. Records the tracks themselves, so hidden tabs go on. */
export class Recording {
  readonly #recorder: MediaRecorder;
  #chain: Promise<void> = Promise.resolve();
  #abandoned = false;

  /** @param onEnd the recorder gave up by itself, with the reason where the browser tells one */
  constructor(
    tracks: readonly MediaStreamTrack[],
    { mimeType, container }: RecordingForm,
    videoBitrate: number,
    onBytes: (bytes: Uint8Array<ArrayBuffer>) => void,
    onEnd: (error: unknown) => void,
  ) {
    const recorder = new MediaRecorder(new MediaStream([...tracks]), {
      mimeType,
      videoBitsPerSecond: videoBitrate,
      audioBitsPerSecond: AUDIO_BITRATE,
      ...(container === 'mp4' && { videoKeyFrameIntervalDuration: MP4_KEY_FRAME_MS }),
    });
    this.#recorder = recorder;
    recorder.ondataavailable = ({ data }) => {
      // Reading a blob takes a turn or more; the next one must not overtake it.
      this.#chain = this.#chain.then(async () => {
        const bytes = new Uint8Array(await data.arrayBuffer());
        if (!this.#abandoned) onBytes(bytes);
      });
    };
    let error: unknown = null;
    recorder.onerror = (event) => (error = event);
    recorder.onstop = () => onEnd(error);
    recorder.start(TIMESLICE_MS);
  }

  /** Hands on nothing more. */
  abandon(): void {
    this.#abandoned = true;
    this.#recorder.onstop = null;
    if (this.#recorder.state !== 'inactive') this.#recorder.stop();
  }

  /** Resolves when the last piece was handed on. */
  async finish(): Promise<void> {
    if (this.#recorder.state !== 'inactive') {
      await new Promise<void>((resolve) => {
        this.#recorder.onstop = () => resolve();
        this.#recorder.stop();
      });
    }
    await this.#chain;
  }
}

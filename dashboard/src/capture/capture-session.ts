import { type Api, describeFailure } from '../api.js';
import { type CaptureKind, makeCaptureStream, openCapture } from './capture-beginning.js';
import { type Mutable, CaptureInputs } from './capture-inputs.js';
import { CaptureSender } from './capture-sender.js';
import { openCameraAfter, openMicrophone, openScreen, type OpenedTracks } from './devices.js';

/** Where a capture is. */
export type CapturePhase = 'idle' | 'asking' | 'starting' | 'live' | 'reconnecting' | 'stopping';

/** How a session reaches the server, and whom it tells. */
export interface CaptureSessionOptions {
  readonly api: Api;
  readonly token: () => string | null;
  readonly takenIds: () => ReadonlySet<string>;
  /** Something that is shown has changed. */
  readonly onChange: () => void;
  readonly onStarted: (streamId: string) => void;
  readonly onEnded: (streamId: string) => void;
}

/** One's own camera, microphone or screen as a stream: from the press of a button until it is stopped, removed, or the page goes away. */
export class CaptureSession {
  readonly #options: CaptureSessionOptions;
  readonly inputs: CaptureInputs;
  phase: CapturePhase = 'idle';
  /** What went wrong, and what to do about it. Empty when there is nothing to say. */
  problem = '';
  /** What is going on beyond the phase. */
  note = '';
  #kind: CaptureKind = 'camera';
  #streamId: string | null = null;
  #sender: CaptureSender | null = null;
  /** Aborts with the capture: what is opened or made later is for nobody, also where another one has begun meanwhile. */
  #attempt = new AbortController();

  constructor(options: CaptureSessionOptions) {
    this.#options = options;
    this.inputs = new CaptureInputs({
      changed: () => this.#inputsChanged(),
      lost: (what) => {
        this.problem = `The ${what} was unplugged, or another program has taken it.`;
        this.#options.onChange();
      },
      screenEnded: () => {
        if (this.#kind === 'screen') void this.stop();
      },
    });
    addEventListener('pagehide', () => this.#leave());
  }

  get streamId(): string | null {
    return this.#streamId;
  }

  /** Asks for permission, makes a stream of what was permitted, and sends. */
  async start(kind: CaptureKind): Promise<void> {
    if (this.phase !== 'idle') return;
    this.#kind = kind;
    this.#tell('asking', '');
    this.#attempt = new AbortController();
    const attempt = this.#attempt.signal;
    const { api, takenIds, onStarted } = this.#options;
    try {
      const tracks = await openCapture(kind);
      if (attempt.aborted) {
        tracks.video?.stop();
        tracks.audio?.stop();
        return;
      }
      this.#take(kind, tracks);
      this.#tell('starting', this.note);
      const streamId = await makeCaptureStream(api, kind, takenIds(), attempt);
      if (streamId === null) return;
      this.#streamId = streamId;
      this.#send(streamId);
      if (!attempt.aborted) onStarted(streamId);
    } catch (error) {
      if (!attempt.aborted) this.#end(describeFailure(error));
    }
  }

  /** Sends what was recorded, and removes the stream. */
  async stop(): Promise<void> {
    if (this.phase === 'idle' || this.phase === 'stopping') return;
    this.#tell('stopping', '');
    this.#attempt.abort();
    // The devices first: their lights go out when the button is pressed.
    const finished = this.#sender?.stop().catch(() => undefined);
    this.inputs.close();
    await finished;
    this.#end('');
  }

  async chooseCamera(deviceId: string): Promise<void> {
    await this.#choose(async () =>
      this.inputs.setCamera(deviceId === '' ? null : await openCameraAfter(this.inputs.camera, deviceId)),
    );
  }

  async chooseMicrophone(deviceId: string): Promise<void> {
    await this.#choose(async () =>
      this.inputs.setMicrophone(deviceId === '' ? null : await openMicrophone(deviceId)),
    );
  }

  async shareScreen(shared: boolean): Promise<void> {
    if (!shared && this.#kind === 'screen') await this.stop();
    else await this.#choose(async () => this.inputs.setScreen(shared ? await openScreen() : null));
  }

  setMuted(what: Mutable, muted: boolean): void {
    this.inputs.setMuted(what, muted);
    this.#options.onChange();
  }

  #take(kind: CaptureKind, { video, audio }: OpenedTracks): void {
    if (kind === 'screen') this.inputs.setScreen({ video, audio });
    else {
      if (video !== null) this.inputs.setCamera(video);
      if (audio !== null) this.inputs.setMicrophone(audio);
      if (kind === 'camera' && video === null)
        this.note = 'No camera was found: the microphone counts alone.';
      if (audio === null) this.note = 'No microphone was found: the picture counts alone.';
    }
  }

  #send(streamId: string): void {
    const token = this.#options.token();
    this.#sender = new CaptureSender(
      { baseUrl: location.origin, stream: streamId, ...(token !== null && { token }) },
      {
        live: () => this.#report('live', this.note),
        reconnecting: () => this.#report('reconnecting', ''),
        slow: (videoBitrate) =>
          this.#report(
            this.phase,
            videoBitrate === null
              ? 'The network or the server is too slow for this picture: scores come late.'
              : `The network or the server is slow: the picture now has ${videoBitrate / 1000} kbit/s, in a new epoch.`,
          ),
        caughtUp: () => this.#report(this.phase, ''),
        over: (error) => this.#end(`${error.message}${'code' in error ? ` (${error.code})` : ''}`),
      },
    );
    // What was permitted may have been unplugged while the stream was made.
    this.#inputsChanged();
  }

  #inputsChanged(): void {
    const { picture, sound } = this.inputs;
    if (this.#sender === null) return;
    if (picture !== null || sound !== null) this.#sender.record(picture, sound);
    else this.#end(this.problem || 'Neither a camera nor a microphone is left.');
    this.#options.onChange();
  }

  async #choose(change: () => Promise<void>): Promise<void> {
    this.problem = '';
    try {
      await change();
    } catch (error) {
      this.problem = describeFailure(error);
    }
    // What was opened after the end would stay open.
    if (this.phase === 'idle' || this.phase === 'stopping') this.inputs.close();
    this.#options.onChange();
  }

  /** What the connection does while it is being ended is of no interest. */
  #report(phase: CapturePhase, note: string): void {
    if (this.phase !== 'stopping' && this.phase !== 'idle') this.#tell(phase, note);
  }

  #tell(phase: CapturePhase, note: string): void {
    if (phase === 'asking') this.problem = '';
    this.phase = phase;
    this.note = note;
    this.#options.onChange();
  }

  #end(problem: string): void {
    const id = this.#streamId;
    if (this.phase === 'idle') return;
    this.#attempt.abort();
    this.#sender?.leave();
    this.#sender = null;
    this.#streamId = null;
    this.inputs.close();
    this.#tell('idle', '');
    this.problem = problem;
    this.#options.onChange();
    if (id === null) return;
    void this.#options.api
      .removeStream(id)
      .catch(() => undefined)
      .then(() => this.#options.onEnded(id));
  }

  /** The page goes away: there is time for what can be said at once. */
  #leave(): void {
    this.#sender?.leave();
    if (this.#streamId !== null) this.#options.api.removeStreamOnLeave(this.#streamId);
    this.#streamId = null;
    this.#end('');
  }
}

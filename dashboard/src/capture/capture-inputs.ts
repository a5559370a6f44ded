import type { OpenedTracks } from './devices.js';
import { SoundMix } from './sound-mix.js';

/** What a person can switch off without closing it. */
export type Mutable = 'picture' | 'microphone';

/** What happened to the inputs. */
export interface CaptureInputEvents {
  /** Another picture, or sound where there was none, or none where there was: the recording has to begin again. */
  changed(): void;
  /** The camera or microphone went away by itself. */
  lost(what: 'camera' | 'microphone'): void;
  /** The browser's own button ended the sharing of the screen. */
  screenEnded(): void;
}

/** The open camera, microphone and screen. A shared screen is shown in place of the camera; its sound is heard beside the microphone. */
export class CaptureInputs {
  readonly #events: CaptureInputEvents;
  readonly #muted = new Set<Mutable>();
  #mix: SoundMix | null = null;
  #camera: MediaStreamTrack | null = null;
  #microphone: MediaStreamTrack | null = null;
  #screen: OpenedTracks | null = null;

  constructor(events: CaptureInputEvents) {
    this.#events = events;
  }

  get camera(): MediaStreamTrack | null {
    return this.#camera;
  }

  get microphone(): MediaStreamTrack | null {
    return this.#microphone;
  }

  get isScreenShared(): boolean {
    return this.#screen !== null;
  }

  /** What is seen. */
  get picture(): MediaStreamTrack | null {
    return this.#screen?.video ?? this.#camera;
  }

  /** What is heard; the same track for as long as there is sound at all. */
  get sound(): MediaStreamTrack | null {
    return this.#mix?.track ?? null;
  }

  isMuted(what: Mutable): boolean {
    return this.#muted.has(what);
  }

  /** A muted picture is black, and a muted microphone silent; both go on being scored. */
  setMuted(what: Mutable, muted: boolean): void {
    if (muted) this.#muted.add(what);
    else this.#muted.delete(what);
    this.#applyMutes();
  }

  /** Takes the place of the camera before, which is closed. */
  setCamera(track: MediaStreamTrack | null): void {
    const before = this.#camera;
    this.#camera = track;
    close(before);
    this.#watch(track, () => {
      this.setCamera(null);
      this.#events.lost('camera');
    });
    this.#applyMutes();
    if (this.#screen === null) this.#events.changed();
  }

  /** Takes the place of the microphone before, which is closed; the recording goes on where there was one. */
  setMicrophone(track: MediaStreamTrack | null): void {
    const before = this.#microphone;
    this.#microphone = track;
    this.#watch(track, () => {
      this.setMicrophone(null);
      this.#events.lost('microphone');
    });
    this.#applyMutes();
    if (this.#mixSound()) this.#events.changed();
    close(before);
  }

  /** Null ends the sharing; the camera is seen again, where there is one. */
  setScreen(screen: OpenedTracks | null): void {
    const before = this.#screen;
    this.#screen = screen;
    close(before?.video ?? null);
    close(before?.audio ?? null);
    this.#watch(screen?.video ?? null, () => {
      this.setScreen(null);
      this.#events.screenEnded();
    });
    this.#applyMutes();
    this.#mixSound();
    this.#events.changed();
  }

  /** Closes every device. */
  close(): void {
    for (const track of [this.#camera, this.#microphone, this.#screen?.video, this.#screen?.audio])
      close(track ?? null);
    this.#camera = null;
    this.#microphone = null;
    this.#screen = null;
    this.#mix?.close();
    this.#mix = null;
  }

  /** Whether there is sound now where there was none, or none where there was. */
  #mixSound(): boolean {
    const tracks = [this.#microphone, this.#screen?.audio ?? null].filter((track) => track !== null);
    const before = this.#mix;
    if (tracks.length === 0) {
      this.#mix = null;
      before?.close();
    } else {
      this.#mix ??= new SoundMix();
      this.#mix.set(tracks);
    }
    return (this.#mix === null) !== (before === null);
  }

  #applyMutes(): void {
    for (const track of [this.#camera, this.#screen?.video]) {
      if (track) track.enabled = !this.#muted.has('picture');
    }
    if (this.#microphone !== null) this.#microphone.enabled = !this.#muted.has('microphone');
  }

  /** A track that this page stops itself says nothing. */
  #watch(track: MediaStreamTrack | null, onEnded: () => void): void {
    track?.addEventListener('ended', onEnded, { once: true });
  }
}

function close(track: MediaStreamTrack | null): void {
  track?.stop();
}

import type { CapturePhase, CaptureSession } from '../capture/capture-session.js';
import { type Device, type DeviceLists, listDevices } from '../capture/devices.js';
import { byId, create, setText } from './page.js';

const STATES: Record<CapturePhase, string> = {
  idle: '',
  asking: 'Waiting for your permission…',
  starting: 'Connecting…',
  live: 'Live: this is sent to the server.',
  reconnecting: 'Connection lost; trying again. What is recorded meanwhile is sent later.',
  stopping: 'Stopping…',
};

/** The buttons and the picture of one's own camera, microphone or screen. */
export class CapturePanel {
  readonly #session: CaptureSession;
  readonly #start = byId('capture-start', HTMLDivElement);
  readonly #live = byId('capture-live', HTMLDivElement);
  readonly #state = byId('capture-state', HTMLParagraphElement);
  readonly #problem = byId('capture-problem', HTMLParagraphElement);
  readonly #picture = byId('capture-picture', HTMLVideoElement);
  readonly #camera = byId('capture-camera', HTMLSelectElement);
  readonly #microphone = byId('capture-microphone', HTMLSelectElement);
  readonly #mutePicture = byId('capture-mute-picture', HTMLButtonElement);
  readonly #muteMicrophone = byId('capture-mute-microphone', HTMLButtonElement);
  readonly #share = byId('capture-share', HTMLButtonElement);
  readonly #stop = byId('capture-stop', HTMLButtonElement);
  #devices: DeviceLists = { cameras: [], microphones: [] };
  #wasLive = false;

  constructor(session: CaptureSession) {
    this.#session = session;
    for (const kind of ['camera', 'microphone', 'screen'] as const) {
      this.#onPress(byId(`capture-start-${kind}`, HTMLButtonElement), () => session.start(kind));
    }
    this.#onPress(this.#stop, () => session.stop());
    this.#onPress(this.#share, () => session.shareScreen(!session.inputs.isScreenShared));
    this.#onPress(this.#mutePicture, () => session.setMuted('picture', !session.inputs.isMuted('picture')));
    this.#onPress(this.#muteMicrophone, () =>
      session.setMuted('microphone', !session.inputs.isMuted('microphone')),
    );
    this.#camera.addEventListener('change', () => void session.chooseCamera(this.#camera.value));
    this.#microphone.addEventListener('change', () => void session.chooseMicrophone(this.#microphone.value));
    // Missing on pages that browsers give no devices to.
    (navigator.mediaDevices as MediaDevices | undefined)?.addEventListener('devicechange', () =>
      this.#list(),
    );
  }

  render(): void {
    const { phase, note, problem, inputs } = this.#session;
    const isLive = phase === 'live' || phase === 'reconnecting';
    this.#start.hidden = phase !== 'idle';
    this.#live.hidden = !isLive;
    this.#state.dataset.phase = phase;
    setText(this.#state, [STATES[phase], note].filter((text) => text !== '').join(' '));
    setText(this.#problem, problem);
    this.#renderPicture();
    this.#renderToggle(this.#mutePicture, inputs.isMuted('picture'), inputs.picture !== null);
    this.#renderToggle(this.#muteMicrophone, inputs.isMuted('microphone'), inputs.microphone !== null);
    this.#renderToggle(
      this.#share,
      inputs.isScreenShared,
      'getDisplayMedia' in (navigator.mediaDevices ?? {}),
    );
    if (isLive !== this.#wasLive) this.#moveFocus(isLive);
    this.#renderChoices();
  }

  #renderPicture(): void {
    const { picture, isScreenShared } = this.#session.inputs;
    this.#picture.hidden = picture === null;
    this.#picture.dataset.mirrored = String(!isScreenShared);
    const shown =
      this.#picture.srcObject instanceof MediaStream ? this.#picture.srcObject.getTracks()[0] : null;
    if ((shown ?? null) === picture) return;
    this.#picture.srcObject = picture === null ? null : new MediaStream([picture]);
  }

  #renderToggle(button: HTMLButtonElement, pressed: boolean, isPossible: boolean): void {
    button.setAttribute('aria-pressed', String(pressed));
    button.disabled = !isPossible;
  }

  /** The button that was pressed has gone: its place in the order of the keyboard must not be lost with it. */
  #moveFocus(isLive: boolean): void {
    this.#wasLive = isLive;
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (isLive) this.#list();
    if (lost)
      (isLive ? this.#stop : byId('capture-start-camera', HTMLButtonElement)).focus({ preventScroll: true });
  }

  #list(): void {
    void listDevices().then((devices) => {
      this.#devices = devices;
      this.#renderChoices();
    });
  }

  #renderChoices(): void {
    const { inputs } = this.#session;
    fill(this.#camera, this.#devices.cameras, 'No camera', inputs.camera);
    fill(this.#microphone, this.#devices.microphones, 'No microphone', inputs.microphone);
    this.#camera.disabled = inputs.isScreenShared;
  }

  #onPress(button: HTMLButtonElement, act: () => Promise<void> | void): void {
    button.addEventListener('click', () => void act());
  }
}

function fill(
  select: HTMLSelectElement,
  devices: readonly Device[],
  none: string,
  chosen: MediaStreamTrack | null,
): void {
  const options = [{ id: '', label: none }, ...devices];
  const names = JSON.stringify(options);
  if (select.dataset.shown !== names) {
    select.dataset.shown = names;
    select.replaceChildren(
      ...options.map(({ id, label }) => create('option', { text: label, attributes: { value: id } })),
    );
  }
  select.value = chosen?.getSettings().deviceId ?? '';
}

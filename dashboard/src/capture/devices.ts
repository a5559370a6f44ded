import { CaptureProblem, describeRefusal } from './capture-problem.js';

/** A camera or a microphone as a person chooses it. */
export interface Device {
  readonly id: string;
  readonly label: string;
}

/** What there is to choose from. Names are known once permission was given. */
export interface DeviceLists {
  readonly cameras: readonly Device[];
  readonly microphones: readonly Device[];
}

/** More pixels than the model sees cost time and bring nothing. */
const PICTURE = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 30, max: 30 } };
/** What a viewer would hear: music and noise are part of it, so nothing is filtered out of it. */
const SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: true };
const SCREEN_SOUND = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const SCREEN = { width: { max: 1280 }, height: { max: 1280 }, frameRate: { ideal: 15, max: 30 } };

/** Cameras and microphones of this computer. Nothing of them is opened. */
export async function listDevices(): Promise<DeviceLists> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const ofKind = (kind: MediaDeviceKind, name: string): Device[] =>
    devices
      .filter((device) => device.kind === kind && device.deviceId !== '')
      .map(({ deviceId, label }, index) => ({ id: deviceId, label: label || `${name} ${index + 1}` }));
  return { cameras: ofKind('videoinput', 'Camera'), microphones: ofKind('audioinput', 'Microphone') };
}

/** Which kinds there are at all, which a page may know before it is permitted anything. */
async function presentKinds(): Promise<ReadonlySet<MediaDeviceKind>> {
  return new Set((await navigator.mediaDevices.enumerateDevices()).map((device) => device.kind));
}

/** Tracks of one permission. */
export interface OpenedTracks {
  readonly video: MediaStreamTrack | null;
  readonly audio: MediaStreamTrack | null;
}

/**
 * Opens the default camera, microphone or both; one alone where the other is not there.
 * @throws {CaptureProblem}
 */
export async function openDefaults(wanted: { video: boolean; audio: boolean }): Promise<OpenedTracks> {
  const present = await presentKinds();
  const video = wanted.video && present.has('videoinput');
  const audio = wanted.audio && present.has('audioinput');
  const what = named(wanted.video, wanted.audio);
  if (!video && !audio)
    throw new CaptureProblem(`No ${what} was found. Plug one in, or switch it on, and try again.`);
  try {
    return await open({ video: video && PICTURE, audio: audio && SOUND });
  } catch (error) {
    throw new CaptureProblem(describeRefusal(error, named(video, audio)), { cause: error });
  }
}

/**
 * Phones open one camera at a time: where another one does not open beside it, the one before is closed first.
 * @throws {CaptureProblem}
 */
export async function openCameraAfter(
  before: MediaStreamTrack | null,
  deviceId: string,
): Promise<MediaStreamTrack> {
  try {
    return await openCamera(deviceId);
  } catch (error) {
    if (before === null) throw error;
    before.stop();
    return openCamera(deviceId);
  }
}

/** @throws {CaptureProblem} */
export async function openMicrophone(deviceId: string): Promise<MediaStreamTrack> {
  return openOne({ audio: { ...SOUND, deviceId: { exact: deviceId } } }, 'microphone');
}

/**
 * Asks for a screen, a window or a tab, with its sound where the browser offers that.
 * @throws {CaptureProblem}
 */
export async function openScreen(): Promise<OpenedTracks> {
  if (!('getDisplayMedia' in navigator.mediaDevices)) {
    throw new CaptureProblem('This browser cannot share a screen; browsers of phones cannot.');
  }
  try {
    return tracksOf(await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: SCREEN_SOUND }));
  } catch (error) {
    const dismissed = error instanceof Error && error.name === 'NotAllowedError';
    throw new CaptureProblem(
      dismissed
        ? 'No screen was chosen, or the system does not let this browser see it.'
        : describeRefusal(error, 'screen'),
      { cause: error },
    );
  }
}

async function openCamera(deviceId: string): Promise<MediaStreamTrack> {
  return openOne({ video: { ...PICTURE, deviceId: { exact: deviceId } } }, 'camera');
}

async function openOne(constraints: MediaStreamConstraints, what: string): Promise<MediaStreamTrack> {
  try {
    const { video, audio } = await open(constraints);
    const track = video ?? audio;
    if (track === null) throw new TypeError(`no track of the ${what}`);
    return track;
  } catch (error) {
    throw new CaptureProblem(describeRefusal(error, what), { cause: error });
  }
}

async function open(constraints: MediaStreamConstraints): Promise<OpenedTracks> {
  return tracksOf(await navigator.mediaDevices.getUserMedia(constraints));
}

function tracksOf(stream: MediaStream): OpenedTracks {
  return { video: stream.getVideoTracks()[0] ?? null, audio: stream.getAudioTracks()[0] ?? null };
}

function named(video: boolean, audio: boolean): string {
  if (video && audio) return 'camera and microphone';
  return video ? 'camera' : 'microphone';
}

import { type Api, RequestError } from '../api.js';
import { freeStreamId } from '../data/stream-id.js';
import { CaptureProblem, missingFor } from './capture-problem.js';
import { openDefaults, openScreen, type OpenedTracks } from './devices.js';

/** What to begin with. */
export type CaptureKind = 'camera' | 'microphone' | 'screen';

const NAMES: Record<CaptureKind, string> = { camera: 'webcam', microphone: 'microphone', screen: 'screen' };

/**
 * Asks for permission, and opens what was permitted.
 * @throws {CaptureProblem}
 */
export async function openCapture(kind: CaptureKind): Promise<OpenedTracks> {
  const missing = missingFor({
    isSecureContext,
    // An insecure page does not have it, whatever the types say.
    hasDevices: (navigator.mediaDevices as MediaDevices | undefined) !== undefined,
    hasRecorder: 'MediaRecorder' in globalThis,
    host: location.host,
  });
  if (missing !== null) throw new CaptureProblem(missing);
  return kind === 'screen' ? openScreen() : openDefaults({ video: kind === 'camera', audio: true });
}

/**
 * Makes a stream to push a capture into, under a name that is free.
 * @param attempt aborts where nobody wants it any more
 * @returns its id, null once `attempt` has aborted
 * @throws {RequestError}
 */
export async function makeCaptureStream(
  api: Api,
  kind: CaptureKind,
  takenIds: ReadonlySet<string>,
  attempt: AbortSignal,
): Promise<string | null> {
  const taken = new Set(takenIds);
  while (!attempt.aborted) {
    const id = freeStreamId(NAMES[kind], taken);
    try {
      await api.addPushedStream(id);
      if (!attempt.aborted) return id;
      api.removeStreamOnLeave(id);
    } catch (error) {
      // Another page was faster than the list that this one has.
      if (!(error instanceof RequestError) || error.code !== 'ERR_STREAM_EXISTS') throw error;
      taken.add(id);
    }
  }
  return null;
}

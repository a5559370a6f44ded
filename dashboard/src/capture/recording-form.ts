import type { IngestContainer } from '../../../src/client/index.js';

/** How this browser records, in words of MediaRecorder and of the server. */
export interface RecordingForm {
  readonly mimeType: string;
  readonly container: IngestContainer;
}

interface Candidate {
  readonly container: IngestContainer;
  readonly video: string;
  readonly audio: string;
}

/** The first that a browser can do is taken. VP8 costs the least to encode; Safari before 18.4 knows only MP4. */
const CANDIDATES: readonly Candidate[] = [
  { container: 'webm', video: 'vp8', audio: 'opus' },
  { container: 'webm', video: 'h264', audio: 'opus' },
  { container: 'mp4', video: 'avc1.42E01F', audio: 'mp4a.40.2' },
  { container: 'mp4', video: 'avc1.42E01F', audio: 'opus' },
];

/** Null where the browser records nothing that the server takes. */
export function chooseForm(
  has: { readonly video: boolean; readonly audio: boolean },
  isSupported: (mimeType: string) => boolean,
): RecordingForm | null {
  const kind = has.video ? 'video' : 'audio';
  for (const { container, video, audio } of CANDIDATES) {
    const codecs = [...(has.video ? [video] : []), ...(has.audio ? [audio] : [])].join(',');
    const mimeType = `${kind}/${container};codecs=${codecs}`;
    if (isSupported(mimeType)) return { mimeType, container };
  }
  return null;
}

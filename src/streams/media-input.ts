import type { Observable } from 'rxjs';
import type { MediaEvent } from '../core/media.js';
import type { SourcePolicy } from './policy/source-policy.js';
import type { PushForm } from './push/pushed-media.js';

/** One connection to a source: a decode child, seen from the main process. */
export interface MediaInput {
  /**
   * Cold: subscribing starts the decode child, unsubscribing stops it. Completes at the end of a finite source, errors
   * with an `EvokedError`. One subscription only.
   */
  readonly media$: Observable<MediaEvent>;
  /** Ask for, or stop, preview JPEGs on video frames; also before subscribing. */
  setPreview(on: boolean): void;
  /** Stop reading from the child, which then stops decoding once its bounded buffers are full. For finite sources. */
  pause(): void;
  resume(): void;
}

/** How a source is to be opened. */
export interface MediaInputOptions {
  /**
   * rtsp(s)://, rtmp(s)://, srt://, udp://, http(s)://, file:// or a path, film:[SEED], camera:[NAME], microphone:[NAME],
   * screen:[NAME], push:. May hold credentials: never log it, never put it on a command line.
   */
  readonly url: string;
  /** Whether a file or film is played at the speed of its clock (true) or as fast as it is read (false). */
  readonly realTime: boolean;
  readonly connectTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly watchdogMs: number;
  /** Resident memory in MiB that decoding may take. */
  readonly memoryLimitMb: number;
  /** What RTSP media is carried over: `auto` takes UDP where TCP is refused, `udp` TCP where UDP does not get through. */
  readonly rtspTransport: 'auto' | 'tcp' | 'udp';
  /** What a source that came with a request is held to, also while it is open; null for one of the operator's own. */
  readonly policy: SourcePolicy | null;
  readonly previewWidth: number;
  /** What a sender pushes; null for every source that is opened. */
  readonly push: PushForm | null;
}

import { EvokedError, type ErrorCode } from '../../core/errors.js';
import { waitsForSenders } from '../policy/check-source.js';
import type { SourceSpec } from '../source/parse-source.js';
import type { NodeAv } from './load-node-av.js';

/** What was being done when FFmpeg failed. */
export type SourceStep = 'open' | 'read';

/** The coded error for a failure code of FFmpeg: one line, with the source's address without credentials. */
export function sourceError(av: NodeAv, code: number, spec: SourceSpec, step: SourceStep): EvokedError {
  const errorCode = spec.device ? 'ERR_SOURCE_DEVICE' : codeOf(av, code, step);
  const what = errorCode === 'ERR_SOURCE_UNREACHABLE' ? unreachable(spec, step) : WHAT[errorCode];
  return new EvokedError(errorCode, {
    what: `${what ?? 'The source failed'} (${spec.display})`,
    got: av.FFmpegError.strerror(code),
  });
}

/** The error of a source that stayed silent for too long. */
export function sourceTimeout(spec: SourceSpec, step: SourceStep, timeoutMs: number): EvokedError {
  const [mute, quiet] = isAwaited(spec)
    ? ['No sender has begun', 'The sender stopped sending']
    : ['The source did not answer', 'The source stopped sending'];
  return new EvokedError('ERR_SOURCE_TIMEOUT', {
    what: `${step === 'open' ? mute : quiet} (${spec.display})`,
    got: `nothing for ${timeoutMs} ms`,
  });
}

/** Whether it is for somebody else to call; who pushes has called already. */
function isAwaited(spec: SourceSpec): boolean {
  return spec.kind !== 'push' && waitsForSenders(spec);
}

function unreachable(spec: SourceSpec, step: SourceStep): string {
  if (isAwaited(spec)) return step === 'open' ? 'Cannot listen for a sender' : 'The sender has gone';
  return step === 'open' ? 'The source cannot be reached' : 'The connection to the source broke';
}

const WHAT: Partial<Record<ErrorCode, string>> = {
  ERR_SOURCE_DEVICE: 'The capture device cannot be used',
  ERR_SOURCE_AUTH: 'The source refused the credentials',
  ERR_SOURCE_TIMEOUT: 'The source did not answer in time',
  ERR_SOURCE_NOT_MEDIA: 'What the source sent is not media that can be read',
  ERR_SOURCE_URL: 'The source has an address that cannot be opened',
};

function codeOf(av: NodeAv, code: number, step: SourceStep): ErrorCode {
  switch (code) {
    case av.AVERROR_HTTP_UNAUTHORIZED:
    case av.AVERROR_HTTP_FORBIDDEN:
      return 'ERR_SOURCE_AUTH';
    case av.AVERROR_INVALIDDATA:
    case av.AVERROR_DEMUXER_NOT_FOUND:
    case av.AVERROR_DECODER_NOT_FOUND:
    case av.AVERROR_STREAM_NOT_FOUND:
    case av.AVERROR_PATCHWELCOME:
      return 'ERR_SOURCE_NOT_MEDIA';
    case av.AVERROR_PROTOCOL_NOT_FOUND:
    case av.AVERROR_EINVAL:
      return step === 'open' ? 'ERR_SOURCE_URL' : 'ERR_SOURCE_NOT_MEDIA';
    // The end of the stream while it was being opened: an empty file, or a host that hung up.
    case av.AVERROR_EOF:
      return 'ERR_SOURCE_NOT_MEDIA';
    default:
      return av.FFmpegError.strerror(code) === TIMED_OUT ? 'ERR_SOURCE_TIMEOUT' : 'ERR_SOURCE_UNREACHABLE';
  }
}

/** FFmpeg's code for a timeout is the system's own number, which differs between systems; its text does not. */
const TIMED_OUT = 'Connection timed out';

/** What FFmpeg says of an RTSP server that does not take the transport it was asked for; a number of the system's, too. */
export const TRANSPORT_REFUSED = 'Protocol not supported';

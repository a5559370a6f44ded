import type { AVMediaType } from 'node-av/constants';
import type { FormatContext, Stream } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { SourceTracks } from '../../core/media.js';
import type { SourceSpec } from '../source/parse-source.js';
import type { SourceKind } from '../source/source-schemes.js';
import type { InputTarget } from './input-target.js';
import type { NodeAv } from './load-node-av.js';
import { openContext } from './open-context.js';
import { chooseStreams, isCover } from './stream-choice.js';
import { StreamTable } from './stream-table.js';

/** A source that FFmpeg has opened. Its owner closes it. */
export interface OpenInput {
  readonly context: FormatContext;
  readonly streams: StreamTable;
  readonly video: Stream | null;
  readonly audio: Stream | null;
  readonly tracks: SourceTracks;
  /** Media time 0 in the source's clock in µs, null where the container states none. */
  readonly originUs: number | null;
  /** Whether the times of packets are FFmpeg's guess, because the format has none: the moment of arrival is a better one. */
  readonly isUndated: boolean;
}

/** What cameras send over plain HTTP: JPEGs in a multipart answer or one after the other, or bare H.264 and H.265. */
const UNDATED_FORMATS: ReadonlySet<string> = new Set(['mpjpeg', 'mjpeg', 'h264', 'hevc']);

/** Sources that may have an end. What others say of their length (RTMP does) is not meant for a live picture. */
const HAVE_LENGTH: ReadonlySet<SourceKind> = new Set<SourceKind>(['file', 'http', 'hls']);

/** Longest length that is believed: FFmpeg guesses absurd ones for streams without an index. */
const MAX_DURATION_SECONDS = 30 * 86_400;

/**
 * Connects, reads the head, and chooses one video and one audio track.
 * @throws {EvokedError} ERR_SOURCE_UNREACHABLE, _AUTH, _TIMEOUT, _NOT_MEDIA, _TOO_LARGE, _NO_TRACKS, _DEVICE or _URL
 */
export async function openInput(av: NodeAv, spec: SourceSpec, target: InputTarget): Promise<OpenInput> {
  const context = await openContext(av, spec, target);
  const { video, audio } = chooseStreams(av, context, spec.kind);
  if (video === null && audio === null) throw nothingToDecode(av, context, spec);
  // What is not used need not be read, where the container allows to skip it.
  for (const stream of context.streams) {
    if (stream.index !== video?.index && stream.index !== audio?.index) stream.discard = av.AVDISCARD_ALL;
  }
  const startUs = Number(context.startTime);
  return {
    context,
    streams: new StreamTable(av, context),
    video,
    audio,
    tracks: {
      durationSeconds: HAVE_LENGTH.has(spec.kind) ? durationOf(context) : null,
      video: videoOf(av, video),
      audio: audioOf(av, audio),
    },
    originUs: Math.abs(startUs) < Number.MAX_SAFE_INTEGER ? startUs : null,
    isUndated: UNDATED_FORMATS.has(context.iformat?.name ?? ''),
  };
}

function nothingToDecode(av: NodeAv, { streams }: FormatContext, { display }: SourceSpec): EvokedError {
  const types: readonly AVMediaType[] = [av.AVMEDIA_TYPE_VIDEO, av.AVMEDIA_TYPE_AUDIO];
  const refused = streams.filter(
    (stream) => types.includes(stream.codecpar.codecType) && !isCover(av, stream),
  );
  if (refused.length === 0) {
    return new EvokedError('ERR_SOURCE_NO_TRACKS', {
      what: `The source has neither video nor audio that can be decoded (${display})`,
      got: streams.length === 0 ? 'no tracks' : `${streams.length} track(s) of other kinds`,
    });
  }
  return new EvokedError('ERR_SOURCE_NOT_MEDIA', {
    what: `The source is coded in a way that is not decoded (${display})`,
    got: refused.map(({ codecpar }) => av.avGetCodecName(codecpar.codecId) ?? 'unknown').join(', '),
    expected: 'one of the codecs in docs/sources.md',
  });
}

function durationOf(context: FormatContext): number | null {
  const seconds = Number(context.duration) / 1e6;
  return seconds > 0 && seconds < MAX_DURATION_SECONDS ? seconds : null;
}

function videoOf(av: NodeAv, stream: Stream | null): SourceTracks['video'] {
  if (stream === null) return null;
  const { codecId, width, height } = stream.codecpar;
  const { num, den } = stream.avgFrameRate;
  const rateHz = num > 0 && den > 0 ? num / den : 0;
  return { codec: av.avGetCodecName(codecId) ?? 'unknown', width, height, rateHz };
}

function audioOf(av: NodeAv, stream: Stream | null): SourceTracks['audio'] {
  if (stream === null) return null;
  const { codecId, sampleRate, channels } = stream.codecpar;
  return { codec: av.avGetCodecName(codecId) ?? 'unknown', sampleRateHz: sampleRate, channels };
}

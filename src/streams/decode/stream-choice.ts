import type { AVMediaType } from 'node-av/constants';
import type { FormatContext, Stream } from 'node-av/lib';
import { FRAME_SIZE } from '../../core/time-grid.js';
import type { SourceKind } from '../source/source-schemes.js';
import { isAcceptedDecoder } from './accepted-media.js';
import type { NodeAv } from './load-node-av.js';

/** The tracks of a source that are used; null where there is none. */
export interface StreamChoice {
  readonly video: Stream | null;
  readonly audio: Stream | null;
}

/**
 * Chooses one video and one audio track that can be decoded, those that belong together where the source states it. Of a
 * playlist's variants it takes the smallest whose picture loses nothing: the others cost their host and this machine more.
 */
export function chooseStreams(av: NodeAv, context: FormatContext, kind: SourceKind): StreamChoice {
  const video = (kind === 'hls' ? smallestVariant(av, context) : null) ?? bestVideo(av, context);
  return { video, audio: decodableStream(context, av.AVMEDIA_TYPE_AUDIO, -1, video?.index ?? -1) };
}

/** A cover picture is not video. */
export function isCover(av: NodeAv, stream: Stream): boolean {
  return stream.hasDisposition(av.AV_DISPOSITION_ATTACHED_PIC);
}

function bestVideo(av: NodeAv, context: FormatContext): Stream | null {
  const best = decodableStream(context, av.AVMEDIA_TYPE_VIDEO, -1);
  if (best === null || !isCover(av, best)) return best;
  const other = videosOf(av, context)[0];
  return other === undefined ? null : decodableStream(context, av.AVMEDIA_TYPE_VIDEO, other.index);
}

function smallestVariant(av: NodeAv, context: FormatContext): Stream | null {
  const large = videosOf(av, context).filter((stream) => shorterSideOf(stream) >= FRAME_SIZE);
  large.sort(
    (a, b) => shorterSideOf(a) - shorterSideOf(b) || Number(a.codecpar.bitRate - b.codecpar.bitRate),
  );
  for (const { index } of large) {
    const stream = decodableStream(context, av.AVMEDIA_TYPE_VIDEO, index);
    if (stream !== null) return stream;
  }
  return null;
}

function videosOf(av: NodeAv, { streams }: FormatContext): Stream[] {
  return streams.filter(
    (stream) => stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && !isCover(av, stream),
  );
}

function shorterSideOf({ codecpar: { width, height } }: Stream): number {
  return Math.min(width, height);
}

function decodableStream(
  context: FormatContext,
  type: AVMediaType,
  wantedIndex: number,
  relatedIndex = -1,
): Stream | null {
  const { streamIndex, decoder } = context.findBestStream(type, wantedIndex, relatedIndex, true);
  if (decoder === null || !isAcceptedDecoder(decoder.name)) return null;
  return context.streams.find(({ index }) => index === streamIndex) ?? null;
}

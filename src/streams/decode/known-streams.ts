import type { AVCodecID } from 'node-av/constants';
import type { Stream } from 'node-av/lib';
import type { Modality } from '../../core/media.js';
import { isAcceptedDecoder } from './accepted-media.js';
import type { NodeAv } from './load-node-av.js';
import type { OpenInput } from './open-input.js';
import { isCover } from './stream-choice.js';
import type { TrackSource } from './track-decoder.js';

/** What is known of a stream. */
interface Known {
  readonly codecId: AVCodecID;
  /** Null for one that is passed over. */
  readonly modality: Modality | null;
}

/** What each stream of an input is, by the codec that it had when it was last looked at. */
export class KnownStreams {
  readonly #av: NodeAv;
  readonly #input: OpenInput;
  readonly #known = new Map<number, Known>();

  /** Knows all streams there are: those that were chosen, and the others, which are passed over. */
  constructor(av: NodeAv, input: OpenInput) {
    this.#av = av;
    this.#input = input;
    const { video, audio } = input;
    for (const { index, codecpar } of input.context.streams) {
      const modality = index === video?.index ? 'visual' : index === audio?.index ? 'audio' : null;
      this.#known.set(index, { codecId: codecpar.codecId, modality });
    }
  }

  /** Whether a stream is known by this codec. */
  has(index: number, codecId: AVCodecID): boolean {
    return this.#known.get(index)?.codecId === codecId;
  }

  /** What a stream with this codec is; null, also from now on, where that is nothing to decode. */
  modalityOf(index: number, codecId: AVCodecID): Modality | null {
    const known = this.#known.get(index);
    if (known?.codecId === codecId) return known.modality;
    const stream = this.#input.streams.get(index);
    const modality = stream === null ? null : this.#judge(stream, codecId);
    if (modality === null) this.#known.set(index, { codecId, modality });
    return modality;
  }

  /** A stream as a decoder of this codec is opened for it; null where there is none. */
  sourceOf(index: number, codecId: AVCodecID): TrackSource | null {
    const stream = this.#input.streams.get(index);
    return stream !== null && this.#known.has(index) ? withCodec(this.#av, stream, codecId) : stream;
  }

  /** The stream is decoded now. */
  chosen(index: number, codecId: AVCodecID, modality: Modality): void {
    this.#known.set(index, { codecId, modality });
  }

  /** The stream is not decoded any more, but may come back. */
  forget(index: number): void {
    this.#known.delete(index);
  }

  #judge(stream: Stream, codecId: AVCodecID): Modality | null {
    const av = this.#av;
    if (isCover(av, stream) || !isAcceptedDecoder(av.Codec.findDecoder(codecId)?.name ?? null)) return null;
    if (stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO) return 'visual';
    return stream.codecpar.codecType === av.AVMEDIA_TYPE_AUDIO ? 'audio' : null;
  }
}

/** A stream that has another codec than before: what its container says of the old one (such as extradata) is left out. */
function withCodec(av: NodeAv, stream: Stream, codecId: AVCodecID): TrackSource {
  const codecpar = new av.CodecParameters();
  codecpar.alloc();
  codecpar.codecType = stream.codecpar.codecType;
  codecpar.codecId = codecId;
  return { index: stream.index, timeBase: stream.timeBase, codecpar };
}

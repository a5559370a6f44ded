import type { Frame, Packet } from 'node-av/lib';
import type { VideoFrame } from '../../core/media.js';
import { FrameLetterboxer } from '../picture/frame-letterboxer.js';
import { quarterTurnsOf, turnFrame, turnJpeg, type QuarterTurns } from '../picture/orientation.js';
import type { NodeAv } from './load-node-av.js';
import { LookAhead, type PacketTime } from './look-ahead.js';
import { PreviewEncoder } from './preview-encoder.js';
import { TrackDecoder, type OnDecoded, type TrackSource } from './track-decoder.js';

/** How the video track of a source is decoded. */
export interface VideoPathOptions {
  readonly live: boolean;
  /** Media time 0 in the source's clock, known in advance: packets may be held back to see which ones are needed. Or null. */
  readonly lookAheadFromUs: number | null;
  readonly previewWidth: number;
  /** Whether previews are wanted at the moment. */
  readonly preview: () => boolean;
  /** Takes each decoded picture; it goes back by `release`. */
  readonly onDecoded: OnDecoded;
}

/** The video track: packets → decoded pictures → 224x224 frames and previews of those that are picked. */
export class VideoPath {
  readonly streamIndex: number;
  readonly #av: NodeAv;
  readonly #source: TrackSource;
  readonly #options: VideoPathOptions;
  readonly #decoder: TrackDecoder;
  readonly #letterboxer: FrameLetterboxer;
  readonly #preview: PreviewEncoder;
  readonly #turns: QuarterTurns;
  readonly #lookAhead: LookAhead<{ packet: Packet; arrivedAtMs: number }> | null;

  private constructor(av: NodeAv, source: TrackSource, options: VideoPathOptions, decoder: TrackDecoder) {
    this.#av = av;
    this.#source = source;
    this.#options = options;
    this.#decoder = decoder;
    this.streamIndex = source.index;
    this.#letterboxer = new FrameLetterboxer(av);
    this.#preview = new PreviewEncoder(av, options.previewWidth);
    this.#turns = quarterTurnsOf(source.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX));
    this.#lookAhead =
      options.lookAheadFromUs === null
        ? null
        : new LookAhead(({ packet, arrivedAtMs }, isNeeded) => {
            decoder.decode(packet, arrivedAtMs, isNeeded);
            packet.free();
          });
  }

  /** @throws {EvokedError} ERR_SOURCE_NOT_MEDIA when there is no decoder that takes the track */
  static async open(av: NodeAv, source: TrackSource, options: VideoPathOptions): Promise<VideoPath> {
    const decoder = await TrackDecoder.open(av, source, options.live, options.onDecoded);
    return new VideoPath(av, source, options, decoder);
  }

  get counts(): TrackDecoder['counts'] {
    return this.#decoder.counts;
  }

  /** The next packet of the track; the caller keeps it. */
  decode(packet: Packet, arrivedAtMs: number): void {
    const held = this.#lookAhead === null ? null : packet.clone();
    if (held === null) this.#decoder.decode(packet, arrivedAtMs);
    else this.#lookAhead?.push({ packet: held, arrivedAtMs }, this.#timeOf(held));
  }

  /** No packet follows: hands out every picture that is still inside. */
  flush(arrivedAtMs: number): void {
    this.#lookAhead?.flush();
    this.#decoder.decode(null, arrivedAtMs);
  }

  /** The frame, and the preview if wanted, of a decoded picture. */
  render(picture: Frame): Pick<VideoFrame, 'rgb' | 'previewJpeg'> {
    const jpeg = this.#options.preview() ? this.#preview.encode(picture) : null;
    return {
      rgb: turnFrame(this.#letterboxer.letterbox(picture), this.#turns),
      previewJpeg: jpeg === null ? null : turnJpeg(jpeg, this.#turns),
    };
  }

  release(picture: Frame): void {
    this.#decoder.release(picture);
  }

  close(): void {
    this.#decoder.close();
    this.#letterboxer.close();
    this.#preview.close();
  }

  #timeOf(packet: Packet): PacketTime {
    const noTime = BigInt(this.#av.AV_NOPTS_VALUE);
    const { num, den } = this.#source.timeBase;
    const originUs = this.#options.lookAheadFromUs ?? 0;
    const mediaUs = (ticks: bigint): number | null =>
      ticks === noTime ? null : Math.round((Number(ticks) * num * 1e6) / den - originUs);
    const isShown = !packet.hasFlags(this.#av.AV_PKT_FLAG_DISCARD);
    return { ptsUs: mediaUs(packet.pts), dtsUs: mediaUs(packet.dts), isShown };
  }
}

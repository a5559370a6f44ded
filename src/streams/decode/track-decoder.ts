import type { CodecContext, Frame, Packet, Stream } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { PacketCounts } from '../../core/media.js';
import { ACCEPTED_DECODERS, MAX_PICTURE } from './accepted-media.js';
import type { RawTime } from '../timeline/timeline.js';
import type { NodeAv } from './load-node-av.js';

/** What a track's decoder is opened with: a stream, or what is left to believe of it. */
export type TrackSource = Pick<Stream, 'index' | 'timeBase' | 'codecpar'>;

/** Takes a decoded frame; ownership passes, and it goes back by `TrackDecoder.release`. */
export type OnDecoded = (frame: Frame, time: RawTime) => void;

/** Packets whose arrival is remembered while they are inside the decoder. */
const MAX_INSIDE = 64;

/** Idle frames that are kept for reuse. */
const MAX_POOL = 4;

/** Decodes one track. Broken packets are skipped and counted. */
export class TrackDecoder {
  readonly streamIndex: number;
  readonly #av: NodeAv;
  readonly #context: CodecContext;
  readonly #onDecoded: OnDecoded;
  readonly #usPerTick: number;
  readonly #arrivals = new Map<bigint, number>();
  readonly #pool: Frame[] = [];
  readonly #noTime: bigint;
  #lastArrivalMs = 0;
  #isNeeded = true;
  #numPackets = 0;
  #numDecoded = 0;
  #numWhole = 0;
  #numBroken = 0;

  private constructor(av: NodeAv, source: TrackSource, context: CodecContext, onDecoded: OnDecoded) {
    this.#av = av;
    this.streamIndex = source.index;
    this.#context = context;
    this.#onDecoded = onDecoded;
    this.#usPerTick = (source.timeBase.num / source.timeBase.den) * 1e6;
    this.#noTime = BigInt(av.AV_NOPTS_VALUE);
  }

  /**
   * @param live whether frames are wanted at once, rather than in an order that broken streams may need more time for
   * @throws {EvokedError} ERR_SOURCE_NOT_MEDIA when the decoder does not take the track
   */
  static async open(
    av: NodeAv,
    source: TrackSource,
    live: boolean,
    onDecoded: OnDecoded,
  ): Promise<TrackDecoder> {
    const codec = av.Codec.findDecoder(source.codecpar.codecId);
    const context = new av.CodecContext();
    context.allocContext3(codec);
    const copied = context.parametersToContext(source.codecpar);
    context.pktTimebase = source.timeBase;
    // One thread: frame threads would hold a frame back each, and the other cores have inference to do.
    context.threadCount = 1;
    if (live) context.setFlags(av.AV_CODEC_FLAG_LOW_DELAY);
    // Pictures may grow in mid-stream: those that are too large count as broken.
    const limits = { max_pixels: MAX_PICTURE.pixels, codec_whitelist: ACCEPTED_DECODERS };
    const code = copied < 0 ? copied : await context.open2(codec, av.Dictionary.fromObject(limits));
    if (code < 0) {
      throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
        what: `The ${av.avGetCodecName(source.codecpar.codecId) ?? 'unknown'} track cannot be decoded`,
        got: av.FFmpegError.strerror(code),
      });
    }
    return new TrackDecoder(av, source, context, onDecoded);
  }

  /** Packets, frames that came of them, those of them that are whole, and packets that could not be decoded. */
  get counts(): Readonly<PacketCounts & { decoded: number; broken: number }> {
    const counts = { packets: this.#numPackets, whole: this.#numWhole };
    return { ...counts, decoded: this.#numDecoded, broken: this.#numBroken };
  }

  /**
   * @param packet null for the end: hands out what is still inside
   * @param isNeeded false lets the decoder skip the packet's frame where no other one refers to it
   */
  decode(packet: Packet | null, arrivedAtMs: number, isNeeded = true): void {
    if (isNeeded !== this.#isNeeded) {
      this.#isNeeded = isNeeded;
      this.#context.setOption('skip_frame', isNeeded ? 'default' : 'noref');
    }
    if (packet !== null) {
      this.#numPackets += 1;
      this.#remember(packet, arrivedAtMs);
    }
    const { AVERROR_EAGAIN } = this.#av;
    let code = this.#context.sendPacketSync(packet);
    this.#receiveAll();
    if (code === AVERROR_EAGAIN) {
      code = this.#context.sendPacketSync(packet);
      this.#receiveAll();
    }
    if (code < 0 && packet !== null) this.#numBroken += 1;
  }

  release(frame: Frame): void {
    frame.unref();
    if (this.#pool.length < MAX_POOL) this.#pool.push(frame);
    else frame.free();
  }

  close(): void {
    for (const frame of this.#pool.splice(0)) frame.free();
    this.#context.freeContext();
  }

  #remember(packet: Packet, arrivedAtMs: number): void {
    this.#lastArrivalMs = arrivedAtMs;
    if (packet.pts === this.#noTime) return;
    this.#arrivals.set(packet.pts, arrivedAtMs);
    if (this.#arrivals.size <= MAX_INSIDE) return;
    for (const oldest of this.#arrivals.keys()) {
      this.#arrivals.delete(oldest);
      break;
    }
  }

  #receiveAll(): void {
    for (;;) {
      const frame = this.#pool.pop() ?? this.#makeFrame();
      if (this.#context.receiveFrameSync(frame) < 0) {
        this.release(frame);
        return;
      }
      this.#numDecoded += 1;
      if (this.#isWhole(frame)) this.#numWhole += 1;
      this.#onDecoded(frame, this.#timeOf(frame));
    }
  }

  /** Decoders patch up what is damaged, and say so. */
  #isWhole(frame: Frame): boolean {
    return frame.decodeErrorFlags === 0 && !frame.hasFlags(this.#av.AV_FRAME_FLAG_CORRUPT);
  }

  #timeOf(frame: Frame): RawTime {
    const arrivedAtMs = this.#arrivals.get(frame.pts) ?? this.#lastArrivalMs;
    this.#arrivals.delete(frame.pts);
    const ticks = frame.bestEffortTimestamp;
    return {
      rawPtsUs: ticks === this.#noTime ? null : Number(ticks) * this.#usPerTick,
      durationUs: Number(frame.duration) * this.#usPerTick,
      arrivedAtMs,
    };
  }

  #makeFrame(): Frame {
    const frame = new this.#av.Frame();
    frame.alloc();
    return frame;
  }
}

import type { AVCodecID } from 'node-av/constants';
import type { Frame, Packet, Stream } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { RawTime, TimelineOptions } from '../timeline/timeline.js';
import { BurstLimiter } from './burst-limiter.js';
import { DecodeReport } from './decode-report.js';
import { InputTracks } from './input-tracks.js';
import type { ReserveOptions } from './live-pacer.js';
import type { NodeAv } from './load-node-av.js';
import { MediaPresenter } from './media-presenter.js';
import { openInput, type OpenInput } from './open-input.js';
import { Pacer } from './pacer.js';
import { PacketReader } from './packet-reader.js';
import { BURSTY_KINDS, playBursts } from './play-bursts.js';
import type { Playback } from './playback.js';
import { reachSource, type ReachedSource } from './reach-source.js';
import { sourceTimeout, type SourceStep } from './source-error.js';
import { StallGuard } from './stall-guard.js';

/** How long a file is decoded without a look at stdin and timers. */
const TURN_MS = 20;

/**
 * Opens a source with FFmpeg and sends its media until it ends or the signal aborts.
 * @throws {EvokedError} ERR_SOURCE_*
 */
export async function playInput(playback: Playback): Promise<void> {
  const { av, spec, options, output } = playback;
  let step: SourceStep = 'open';
  const guard = new StallGuard(options.connectTimeoutMs, () => {
    const timeoutMs = step === 'open' ? options.connectTimeoutMs : options.readTimeoutMs;
    playback.onStall(sourceTimeout(spec, step, timeoutMs));
  });
  // A pushed stream listens in the server's process: here there is a sender already.
  if (!spec.listens || spec.kind === 'push') guard.begin();
  let source: ReachedSource | null = null;
  try {
    source = await reachSource(playback);
    const input = await openReached(av, source);
    guard.finish();
    step = 'read';
    output.send({ type: 'tracks', tracks: input.tracks });
    await new InputPlayer({ ...playback, spec: source.spec }, input, guard).play();
  } finally {
    guard.close();
    source?.close();
  }
}

async function openReached(av: NodeAv, { spec, target, failure }: ReachedSource): Promise<OpenInput> {
  try {
    return await openInput(av, spec, target);
  } catch (error) {
    throw failure() ?? error;
  }
}

class InputPlayer {
  readonly #playback: Playback;
  readonly #input: OpenInput;
  readonly #guard: StallGuard;
  readonly #reader: PacketReader;
  readonly #presenter: MediaPresenter<Frame>;
  readonly #report: DecodeReport;
  /** A source that turns out to have an end is none that runs on. */
  readonly #live: boolean;
  /** What has no times comes when it was filmed. */
  readonly #isTimedByArrival: boolean;
  #tracks: InputTracks | null = null;

  constructor(playback: Playback, input: OpenInput, guard: StallGuard) {
    this.#playback = playback;
    this.#input = input;
    this.#guard = guard;
    this.#reader = new PacketReader(playback, input);
    this.#live = playback.spec.live && input.tracks.durationSeconds === null;
    this.#isTimedByArrival = this.#live && input.isUndated;
    // A container that is pushed is read from its beginning, which it states.
    const originUs = this.#live && playback.spec.kind !== 'push' ? null : input.originUs;
    const timeline = { live: this.#live, originUs, wrapPeriodUs: wrapPeriods(input) };
    this.#presenter = new MediaPresenter<Frame>(timeline, {
      emit: (event) => playback.output.send(event),
      render: (picture) => this.#tracks!.render(picture),
      release: (picture) => this.#tracks!.release(picture),
    });
    this.#report = new DecodeReport(
      () => this.#tracks?.counts ?? {},
      (report) => playback.output.send(report),
    );
  }

  async play(): Promise<void> {
    const { spec, options } = this.#playback;
    const isBursty = this.#live && options.realTime && !this.#isTimedByArrival;
    const reserve = isBursty ? BURSTY_KINDS.get(spec.kind) : undefined;
    try {
      this.#tracks = await this.#openTracks();
      if (reserve === undefined) await this.#playAll();
      else await this.#playBursts(reserve);
      if (!this.#playback.signal.aborted) this.#finish();
    } finally {
      this.#tracks?.close();
      await this.#input.context.closeInput();
    }
  }

  #openTracks(): Promise<InputTracks> {
    return InputTracks.open(this.#playback, this.#input, this.#live, {
      onPicture: (picture, time) => {
        this.#presenter.presentPicture(picture, this.#isTimedByArrival ? arrivalTime(time) : time);
      },
      onSamples: (samples, time) => this.#presenter.presentSamples(samples, time),
    });
  }

  async #playAll(): Promise<void> {
    const { av, spec, options, output, clock, signal } = this.#playback;
    const packet = new av.Packet();
    packet.alloc();
    const pacer = this.#makePacer();
    const isLocal = spec.kind === 'file';
    let turnEndMs = clock.nowMs() + TURN_MS;
    for (;;) {
      this.#guard.begin(options.readTimeoutMs);
      const isMore = await this.#reader.read(packet);
      this.#guard.finish();
      if (!isMore) break;
      const timeMs = pacer === null ? null : this.#reader.timeMs(packet);
      if (timeMs !== null) await pacer?.pace(timeMs, signal);
      await this.#take(packet, this.#reader.codecOf(packet));
      packet.unref();
      if (isLocal && clock.nowMs() > turnEndMs) {
        await output.breathe();
        turnEndMs = clock.nowMs() + TURN_MS;
      }
    }
    packet.free();
  }

  #makePacer(): Pacer | BurstLimiter | null {
    const { spec, options, clock } = this.#playback;
    if (!options.realTime) return null;
    if (spec.kind === 'push') return new BurstLimiter(clock);
    return this.#live ? null : new Pacer(clock);
  }

  #playBursts(reserve: ReserveOptions): Promise<void> {
    const take = (packet: Packet, codecId: AVCodecID): Promise<void> => this.#take(packet, codecId);
    return playBursts({
      playback: this.#playback,
      reader: this.#reader,
      guard: this.#guard,
      reserve,
      take,
    });
  }

  async #take(packet: Packet, codecId: AVCodecID): Promise<void> {
    const { output, clock } = this.#playback;
    const nowMs = clock.nowMs();
    await this.#tracks?.decode(packet, codecId, nowMs);
    this.#report.tick(nowMs);
    if (output.isFull) await output.drained();
  }

  #finish(): void {
    this.#tracks?.flush(this.#playback.clock.nowMs());
    this.#presenter.end();
    this.#report.finish();
    const counts = Object.values(this.#tracks?.counts ?? {});
    const numDecoded = counts.reduce((sum, { decoded }) => sum + decoded, 0);
    const numBroken = counts.reduce((sum, { broken }) => sum + broken, 0);
    // A live source may end before anything of it came.
    if (numDecoded > 0 || (this.#live && numBroken === 0)) return;
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: `Nothing of the source can be decoded (${this.#playback.spec.display})`,
      // An MP4 whose index is at its end, say, from a server that cannot go back to its beginning.
      got: numBroken === 0 ? 'no packets' : `${numBroken} broken packets`,
    });
  }
}

function arrivalTime({ arrivedAtMs }: RawTime): RawTime {
  return { rawPtsUs: arrivedAtMs * 1000, durationUs: 0, arrivedAtMs };
}

function wrapPeriods({ video, audio }: OpenInput): NonNullable<TimelineOptions['wrapPeriodUs']> {
  // A track that turns up later has the counter of the other one.
  const periods = { visual: wrapPeriodOf(video ?? audio), audio: wrapPeriodOf(audio ?? video) };
  const wrapPeriodUs: Partial<Record<Modality, number>> = {};
  for (const modality of ['visual', 'audio'] as const) {
    const periodUs = periods[modality];
    if (periodUs !== null) wrapPeriodUs[modality] = periodUs;
  }
  return wrapPeriodUs;
}

function wrapPeriodOf(stream: Stream | null): number | null {
  // 64 bits never wrap.
  if (stream === null || stream.ptsWrapBits <= 0 || stream.ptsWrapBits >= 60) return null;
  return (2 ** stream.ptsWrapBits * stream.timeBase.num * 1e6) / stream.timeBase.den;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { EvokedError } from '../../core/errors.js';
import type { Modality } from '../../core/media.js';
import type { TimelineOptions } from '../timeline/timeline.js';
import { AudioPath } from './audio-path.js';
import { inputTarget } from './input-target.js';
import { MediaPresenter } from './media-presenter.js';
import { openInput, type OpenInput } from './open-input.js';
import { Pacer } from './pacer.js';
import type { Playback } from './playback.js';
import { sourceError, sourceTimeout, type SourceStep } from './source-error.js';
import { StallGuard } from './stall-guard.js';
import { VideoPath } from './video-path.js';

/** How long a file is decoded without a look at stdin and timers. */
const TURN_MS = 20;

/** A capture device had nothing yet. */
const RETRY_MS = 2;

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
  guard.begin();
  try {
    const input = await openInput(av, spec, inputTarget(spec, options, process.platform));
    guard.finish();
    step = 'read';
    output.send({ type: 'tracks', tracks: input.tracks });
    await new InputPlayer(playback, input, guard).play();
  } finally {
    guard.close();
  }
}

class InputPlayer {
  readonly #playback: Playback;
  readonly #input: OpenInput;
  readonly #guard: StallGuard;
  readonly #presenter: MediaPresenter<Frame>;
  #video: VideoPath | null = null;
  #audio: AudioPath | null = null;

  constructor(playback: Playback, input: OpenInput, guard: StallGuard) {
    this.#playback = playback;
    this.#input = input;
    this.#guard = guard;
    this.#presenter = new MediaPresenter<Frame>(timelineOptions(input, playback.spec.live), {
      emit: (event) => playback.output.send(event),
      render: (picture) => this.#video!.render(picture),
      release: (picture) => this.#video!.release(picture),
    });
  }

  async play(): Promise<void> {
    const { context } = this.#input;
    try {
      await this.#openTracks();
      await this.#readAll(context);
      if (!this.#playback.signal.aborted) this.#finish();
    } finally {
      this.#video?.close();
      this.#audio?.close();
      await context.closeInput();
    }
  }

  async #openTracks(): Promise<void> {
    const { av, spec, options, preview } = this.#playback;
    const { video, audio, originUs } = this.#input;
    const { live } = spec;
    if (video !== null) {
      this.#video = await VideoPath.open(av, video, {
        live,
        // Only at full speed: anywhere else somebody waits for the next picture.
        lookAheadFromUs: live || options.realTime ? null : originUs,
        previewWidth: options.previewWidth,
        preview,
        onDecoded: (picture, time) => this.#presenter.presentPicture(picture, time),
      });
    }
    if (audio !== null) {
      this.#audio = await AudioPath.open(av, audio, live, (samples, time) => {
        this.#presenter.presentSamples(samples, time);
      });
    }
  }

  async #readAll(context: FormatContext): Promise<void> {
    const { av, spec, options, output, signal, clock } = this.#playback;
    const packet = new av.Packet();
    packet.alloc();
    const pacer = !spec.live && options.realTime ? new Pacer(clock) : null;
    const isLocal = spec.kind === 'file';
    let turnEndMs = clock.nowMs() + TURN_MS;
    while (!signal.aborted) {
      // A file is read without a thread to wait for it: fast, and a disk that hangs is the watchdog's.
      const code = isLocal ? context.readFrameSync(packet) : await this.#readGuarded(context, packet);
      if (code === av.AVERROR_EAGAIN) {
        await delay(RETRY_MS);
        continue;
      }
      if (code === av.AVERROR_EOF) break;
      if (code < 0) throw sourceError(av, code, spec, 'read');
      if (pacer !== null) await this.#pace(pacer, packet);
      const nowMs = clock.nowMs();
      if (packet.streamIndex === this.#audio?.streamIndex) this.#audio.decode(packet, nowMs);
      else if (packet.streamIndex === this.#video?.streamIndex) this.#video.decode(packet, nowMs);
      packet.unref();
      if (output.isFull) await output.drained();
      if (isLocal && nowMs > turnEndMs) {
        await output.breathe();
        turnEndMs = clock.nowMs() + TURN_MS;
      }
    }
    packet.free();
  }

  async #readGuarded(context: FormatContext, packet: Packet): Promise<number> {
    this.#guard.begin(this.#playback.options.readTimeoutMs);
    const code = await context.readFrame(packet);
    this.#guard.finish();
    return code;
  }

  async #pace(pacer: Pacer, packet: Packet): Promise<void> {
    const stream = this.#streamOf(packet);
    if (stream === null) return;
    const noTime = BigInt(this.#playback.av.AV_NOPTS_VALUE);
    const ticks = packet.dts === noTime ? packet.pts : packet.dts;
    if (ticks === noTime) return;
    const { num, den } = stream.timeBase;
    await pacer.pace((Number(ticks) * num * 1000) / den, this.#playback.signal);
  }

  #streamOf({ streamIndex }: Packet): Stream | null {
    const { video, audio } = this.#input;
    return streamIndex === video?.index ? video : streamIndex === audio?.index ? audio : null;
  }

  #finish(): void {
    const nowMs = this.#playback.clock.nowMs();
    this.#video?.flush(nowMs);
    this.#audio?.flush(nowMs);
    this.#presenter.end();
    const counts = [this.#video?.counts, this.#audio?.counts];
    const numDecoded = counts.reduce((sum, each) => sum + (each?.decoded ?? 0), 0);
    const numBroken = counts.reduce((sum, each) => sum + (each?.broken ?? 0), 0);
    if (numDecoded > 0 || numBroken === 0) return;
    throw new EvokedError('ERR_SOURCE_NOT_MEDIA', {
      what: `Nothing of the source can be decoded (${this.#playback.spec.display})`,
      got: `${numBroken} broken packets`,
    });
  }
}

function timelineOptions({ video, audio, originUs }: OpenInput, live: boolean): TimelineOptions {
  const wrapPeriodUs: Partial<Record<Modality, number>> = {};
  for (const [modality, stream] of [
    ['visual', video],
    ['audio', audio],
  ] as const) {
    // 64 bits never wrap.
    if (stream === null || stream.ptsWrapBits <= 0 || stream.ptsWrapBits >= 60) continue;
    wrapPeriodUs[modality] = (2 ** stream.ptsWrapBits * stream.timeBase.num * 1e6) / stream.timeBase.den;
  }
  return { live, originUs: live ? null : originUs, wrapPeriodUs };
}

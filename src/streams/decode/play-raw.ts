import { Socket } from 'node:net';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { SourceTracks } from '../../core/media.js';
import type { RawAudioForm } from '../../core/protocol.js';
import { PUSHED_FD } from '../push/pushed-fd.js';
import type { PushForm } from '../push/pushed-media.js';
import { RAW_LIMITS, readRawMessage, type RawMedia } from '../push/raw-message.js';
import { WireReader } from '../wire/framing.js';
import { AudioContinuation } from './audio-path.js';
import { BurstLimiter } from './burst-limiter.js';
import { DecodeReport } from './decode-report.js';
import type { NodeAv } from './load-node-av.js';
import { MediaPresenter } from './media-presenter.js';
import type { Playback } from './playback.js';
import { RawPictures } from './raw-pictures.js';
import { sourceTimeout } from './source-error.js';
import { StallGuard } from './stall-guard.js';

/** Broken pictures in a row after which a sender is told that what it sends are none. */
const MAX_BROKEN_IN_A_ROW = 30;

type RawForm = PushForm & { type: 'raw' };
type Rendered = ReturnType<RawPictures['render']>;

/**
 * Plays pushed pictures and samples, dated by their sender, until there are no more or the signal aborts.
 * @throws {EvokedError} ERR_SOURCE_NOT_MEDIA where no picture can be decoded
 */
export async function playRaw(playback: Playback, form: RawForm): Promise<void> {
  const { options, output, clock, signal } = playback;
  const guard = new StallGuard(options.readTimeoutMs, () => {
    playback.onStall(sourceTimeout(playback.spec, 'read', options.readTimeoutMs));
  });
  const limiter = new BurstLimiter(clock);
  const player = await RawPlayer.open(playback, form);
  output.send({ type: 'tracks', tracks: tracksOf(form) });
  try {
    guard.begin();
    for await (const messages of readMessages(form)) {
      guard.finish();
      for (const message of messages) {
        await limiter.pace(message.ptsUs / 1000, signal);
        if (signal.aborted) return;
        player.take(message);
        if (output.isFull) await output.drained();
      }
      guard.begin();
    }
    player.end();
  } finally {
    guard.close();
    player.close();
  }
}

/** Messages as they come. Nothing is read while those before are played: the sender waits. */
async function* readMessages(form: RawForm): AsyncGenerator<readonly RawMedia[]> {
  let found: RawMedia[] = [];
  const reader = new WireReader(RAW_LIMITS, (_, body) => found.push(readRawMessage(Buffer.from(body), form)));
  for await (const chunk of new Socket({ fd: PUSHED_FD, readable: true, writable: false })) {
    reader.push(chunk as Buffer);
    yield found;
    found = [];
  }
}

class RawPlayer {
  readonly #playback: Playback;
  readonly #audio: RawAudioForm | null;
  readonly #pictures: RawPictures | null;
  readonly #samples: AudioContinuation;
  readonly #presenter: MediaPresenter<Buffer>;
  readonly #report: DecodeReport;
  /** Pictures that a segment needed, and blocks of samples: no other ones are decoded. */
  readonly #counts = { visual: { packets: 0, whole: 0 }, audio: { packets: 0, whole: 0 } };
  #numBroken = 0;

  private constructor(playback: Playback, { audio }: RawForm, pictures: RawPictures | null) {
    this.#playback = playback;
    this.#audio = audio;
    this.#pictures = pictures;
    this.#presenter = new MediaPresenter<Buffer>(
      { live: true, originUs: null },
      {
        emit: (event) => playback.output.send(event),
        render: (payload) => this.#render(payload),
        release: () => undefined,
      },
    );
    this.#samples = new AudioContinuation(playback.av, (samples, time) =>
      this.#presenter.presentSamples(samples, time),
    );
    const { visual, audio: sound } = this.#counts;
    this.#report = new DecodeReport(
      () => ({ visual: { ...visual }, audio: { ...sound } }),
      (report) => playback.output.send(report),
    );
  }

  static async open(playback: Playback, form: RawForm): Promise<RawPlayer> {
    const { av, options, preview } = playback;
    const { previewWidth } = options;
    const pictures =
      form.video === null ? null : await RawPictures.open(av, { form: form.video, previewWidth, preview });
    return new RawPlayer(playback, form, pictures);
  }

  take({ modality, ptsUs, payload }: RawMedia): void {
    const arrivedAtMs = this.#playback.clock.nowMs();
    if (modality === 'visual')
      this.#presenter.presentPicture(payload, { rawPtsUs: ptsUs, durationUs: 0, arrivedAtMs });
    else this.#takeSamples(this.#audio!, payload, ptsUs, arrivedAtMs);
    this.#report.tick(arrivedAtMs);
  }

  end(): void {
    this.#samples.flush();
    this.#presenter.end();
    this.#report.finish();
    if (this.#numBroken > 0 && this.#counts.visual.whole === 0) throw noPictures(this.#numBroken);
  }

  close(): void {
    this.#samples.close();
    this.#pictures?.close();
  }

  #takeSamples(form: RawAudioForm, payload: Buffer, ptsUs: number, arrivedAtMs: number): void {
    const frame = audioFrame(this.#playback.av, form, payload);
    try {
      const durationUs = (frame.nbSamples / form.sampleRateHz) * 1e6;
      this.#counts.audio.packets += 1;
      this.#samples.push(frame, { rawPtsUs: ptsUs, durationUs, arrivedAtMs });
      this.#counts.audio.whole += 1;
    } finally {
      frame.free();
    }
  }

  /** A broken picture costs its segment the picture, not the stream its sender. */
  #render(payload: Buffer): Rendered | null {
    const { visual } = this.#counts;
    visual.packets += 1;
    try {
      const rendered = this.#pictures!.render(payload);
      visual.whole += 1;
      this.#numBroken = 0;
      return rendered;
    } catch (error) {
      if (toEvokedError(error).code !== 'ERR_SOURCE_NOT_MEDIA') throw error;
      this.#numBroken += 1;
      if (this.#numBroken >= MAX_BROKEN_IN_A_ROW) throw noPictures(this.#numBroken);
      return null;
    }
  }
}

function audioFrame(av: NodeAv, { sampleRateHz, channels }: RawAudioForm, payload: Buffer) {
  return av.Frame.fromAudioBuffer(payload, {
    nbSamples: payload.length / (2 * channels),
    format: av.AV_SAMPLE_FMT_S16,
    sampleRate: sampleRateHz,
    channelLayout: av.avChannelLayoutDefault(channels),
    timeBase: { num: 1, den: sampleRateHz },
  });
}

function tracksOf({ video, audio }: RawForm): SourceTracks {
  return {
    durationSeconds: null,
    video: video && {
      codec: video.format === 'jpeg' ? 'mjpeg' : 'rawvideo',
      // A JPEG says how large it is, each anew.
      width: video.format === 'jpeg' ? 0 : video.width,
      height: video.format === 'jpeg' ? 0 : video.height,
      rateHz: 0,
    },
    audio: audio && {
      codec: audio.format,
      sampleRateHz: audio.sampleRateHz,
      channels: audio.channels,
    },
  };
}

function noPictures(numBroken: number): EvokedError {
  return new EvokedError('ERR_SOURCE_NOT_MEDIA', {
    what: 'Nothing of the pushed pictures can be decoded',
    got: `${numBroken} broken ones in a row`,
  });
}

import type { AVCodecID } from 'node-av/constants';
import type { Frame, Packet } from 'node-av/lib';
import type { Modality } from '../../core/media.js';
import type { RawTime } from '../timeline/timeline.js';
import { AudioPath, type OnSamples } from './audio-path.js';
import { KnownStreams } from './known-streams.js';
import type { OpenInput } from './open-input.js';
import type { Playback } from './playback.js';
import type { TrackDecoder, TrackSource } from './track-decoder.js';
import { TrackTrials } from './track-trials.js';
import { VideoPath } from './video-path.js';

type Counts = TrackDecoder['counts'];

const NOTHING: Counts = { packets: 0, whole: 0, decoded: 0, broken: 0 };

/** Where the media of both tracks goes. */
export interface InputTracksSinks {
  /** Takes a picture in presentation order; it goes back by `release`. */
  readonly onPicture: (picture: Frame, time: RawTime) => void;
  readonly onSamples: OnSamples;
}

/**
 * The video and audio track that are decoded. A track that changes its codec in mid-stream gets another decoder, and one
 * that turns up later takes the place of one that has ended: senders replace tracks, they seldom add one.
 */
export class InputTracks {
  readonly #playback: Playback;
  readonly #input: OpenInput;
  readonly #live: boolean;
  readonly #sinks: InputTracksSinks;
  readonly #known: KnownStreams;
  readonly #trials = new TrackTrials();
  #video: VideoPath | null = null;
  #audio: AudioPath | null = null;
  /** Of tracks that are gone. */
  readonly #retired = { visual: NOTHING, audio: NOTHING };

  private constructor(playback: Playback, input: OpenInput, live: boolean, sinks: InputTracksSinks) {
    this.#playback = playback;
    this.#input = input;
    this.#live = live;
    this.#sinks = sinks;
    this.#known = new KnownStreams(playback.av, input);
  }

  /** @throws {EvokedError} ERR_SOURCE_NOT_MEDIA when there is no decoder that takes a track */
  static async open(
    playback: Playback,
    input: OpenInput,
    live: boolean,
    sinks: InputTracksSinks,
  ): Promise<InputTracks> {
    const tracks = new InputTracks(playback, input, live, sinks);
    try {
      if (input.video !== null) await tracks.#openVideo(input.video);
      if (input.audio !== null) await tracks.#openAudio(input.audio);
      return tracks;
    } catch (error) {
      tracks.close();
      throw error;
    }
  }

  /** What all tracks of a modality have counted. */
  get counts(): Readonly<Record<Modality, Counts>> {
    const { visual, audio } = this.#retired;
    return { visual: sum(visual, this.#video?.counts), audio: sum(audio, this.#audio?.counts) };
  }

  /**
   * The next packet of any stream; the caller keeps it.
   * @param codecId of its stream when it was read
   * @throws {EvokedError} ERR_SOURCE_NOT_MEDIA
   */
  async decode(packet: Packet, codecId: AVCodecID, arrivedAtMs: number): Promise<void> {
    const { streamIndex } = packet;
    const modality = this.#known.modalityOf(streamIndex, codecId);
    if (modality === null) return;
    const current = this.#pathOf(modality);
    if (current !== null && current.streamIndex !== streamIndex) {
      await this.#try(packet, modality, codecId, arrivedAtMs);
      return;
    }
    if (!this.#known.has(streamIndex, codecId))
      await this.#replace(modality, streamIndex, codecId, arrivedAtMs);
    this.#trials.reject(modality);
    this.#pathOf(modality)?.decode(packet, arrivedAtMs);
  }

  /** The frame, and the preview if wanted, of a picture. */
  render(picture: Frame): ReturnType<VideoPath['render']> {
    return this.#video!.render(picture);
  }

  release(picture: Frame): void {
    if (this.#video === null) picture.free();
    else this.#video.release(picture);
  }

  /** No packet follows: hands out all that is still inside. */
  flush(arrivedAtMs: number): void {
    this.#video?.flush(arrivedAtMs);
    this.#audio?.flush(arrivedAtMs);
  }

  close(): void {
    this.#trials.close();
    this.#video?.close();
    this.#audio?.close();
    this.#video = this.#audio = null;
  }

  #pathOf(modality: Modality): VideoPath | AudioPath | null {
    return modality === 'visual' ? this.#video : this.#audio;
  }

  /** A packet of a track beside the one that is decoded. */
  async #try(packet: Packet, modality: Modality, codecId: AVCodecID, arrivedAtMs: number): Promise<void> {
    const clone = packet.clone();
    if (clone === null) return;
    const timeMs = this.#input.streams.timeMs(packet);
    const proved = this.#trials.hold(modality, { packet: clone, codecId, timeMs, arrivedAtMs });
    if (proved === null) return;
    this.#trials.reject(modality);
    await this.#replace(modality, packet.streamIndex, codecId, arrivedAtMs);
    for (const held of proved) {
      this.#pathOf(modality)?.decode(held.packet, held.arrivedAtMs);
      held.packet.free();
    }
  }

  async #replace(modality: Modality, index: number, codecId: AVCodecID, arrivedAtMs: number): Promise<void> {
    const source = this.#known.sourceOf(index, codecId);
    if (source === null) return;
    const old = this.#pathOf(modality);
    old?.flush(arrivedAtMs);
    // A picture of the old track may still be held back: it is rendered by the new one.
    if (modality === 'visual') await this.#openVideo(source);
    else await this.#openAudio(source);
    this.#retire(modality, old);
    this.#known.chosen(index, codecId, modality);
  }

  #retire(modality: Modality, path: VideoPath | AudioPath | null): void {
    if (path === null) return;
    // It may come back.
    this.#known.forget(path.streamIndex);
    this.#retired[modality] = sum(this.#retired[modality], path.counts);
    path.close();
  }

  async #openVideo(source: TrackSource): Promise<void> {
    const { av, options, preview } = this.#playback;
    this.#video = await VideoPath.open(av, source, {
      live: this.#live,
      // Only at full speed: anywhere else somebody waits for the next picture.
      lookAheadFromUs: this.#live || options.realTime ? null : this.#input.originUs,
      previewWidth: options.previewWidth,
      preview,
      onDecoded: this.#sinks.onPicture,
    });
  }

  async #openAudio(source: TrackSource): Promise<void> {
    this.#audio = await AudioPath.open(this.#playback.av, source, this.#live, this.#sinks.onSamples);
  }
}

function sum(a: Counts, b: Counts = NOTHING): Counts {
  return {
    packets: a.packets + b.packets,
    whole: a.whole + b.whole,
    decoded: a.decoded + b.decoded,
    broken: a.broken + b.broken,
  };
}

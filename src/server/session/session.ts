import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Subscription } from 'rxjs';
import type { Config } from '../../core/config.js';
import { toEvokedError, type EvokedError } from '../../core/errors.js';
import { LABELS } from '../../core/labels.js';
import type { PacketsDecoded, SourceTracks } from '../../core/media.js';
import type { HelloMessage, SessionEvent, StatusMessage, StreamInfo } from '../../core/protocol.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import { refuseOpenListener } from '../../streams/policy/open-listener.js';
import { policyFor, type SourceOrigin } from '../../streams/policy/source-policy.js';
import type { PushInlet } from '../../streams/push/pushed-media.js';
import { parseSource, type SourceSpec } from '../../streams/source/parse-source.js';
import type { InputStatus } from '../../streams/supervise/supervised-input.js';
import { Audience } from '../delivery/audience.js';
import type { Parts } from './parts.js';
import { DecodedShare } from './decoded-share.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { PushIntake } from './push-intake.js';
import { PreviewChannel, type PreviewSink } from '../delivery/preview-channel.js';
import type { ServerMetrics } from '../metrics/server-metrics.js';
import type { Position } from '../delivery/since.js';
import { StreamHealth } from './stream-health.js';
import { StreamTally } from './stream-tally.js';
import type { MessageSink } from '../delivery/subscriber.js';

/** What a session is made from. */
export interface SessionOptions {
  readonly id: string;
  readonly url: string;
  /** Who named `url`; what a request names is under the policy of `config.source`. */
  readonly origin: SourceOrigin;
  readonly config: Config;
  readonly parts: Parts;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
}

/** One stream: a source on its way to scores, their history, and those who read them. */
export class Session {
  readonly id: string;
  /** Names this life of the stream: positions of another life mean nothing in this one. */
  readonly life = randomUUID();
  readonly #options: SessionOptions;
  readonly #createdAtMs: number;
  readonly #health = new StreamHealth();
  readonly #tally = new StreamTally();
  readonly #decoded: DecodedShare;
  readonly #audience: Audience;
  readonly #preview: PreviewChannel;
  #source: SourceSpec;
  #url: string;
  #origin: SourceOrigin;
  #tracks: SourceTracks | null = null;
  readonly #intake: PushIntake;
  #pipeline: Pipeline | null = null;
  #running: Subscription | undefined;
  /** `ended` or `failed`, held back until the last score is out. */
  #outcome: InputStatus | null = null;
  #told: StatusMessage;
  /** Nothing was told since `breakSilence` was called. */
  #silent = false;

  /** @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE */
  constructor(options: SessionOptions) {
    const { id, url, origin, config, parts, metrics } = options;
    this.id = id;
    this.#options = options;
    this.#url = url;
    this.#origin = origin;
    this.#source = this.#read(url, origin);
    this.#createdAtMs = parts.clock.nowMs();
    this.#told = this.#health.status;
    const steadyMs = () => parts.scheduler.now();
    this.#decoded = new DecodedShare(steadyMs);
    const events = {
      delivered: (publishedAtMs: number) => metrics.delivered(steadyMs() - publishedAtMs),
      slow: () => {
        metrics.slowSubscriber();
        options.log.warn({ stream: id }, 'a subscriber reads too slowly: closed');
      },
    };
    this.#audience = new Audience(Math.ceil(config.historySeconds * SEGMENT_RATE), events, parts.scheduler);
    this.#intake = new PushIntake({
      silenceMs: config.source.readTimeoutMs,
      scheduler: parts.scheduler,
      unplayed: () => this.#resumeForSender(),
    });
    this.#preview = new PreviewChannel(
      (on) => this.#pipeline?.setPreview(on),
      () => metrics.previewSkipped(),
    );
    this.#start();
  }

  get numSubscribers(): number {
    return this.#audience.size;
  }

  get numWatchers(): number {
    return this.#preview.numWatchers;
  }

  get numWaitingSegments(): number {
    return this.#pipeline?.numWaiting ?? 0;
  }

  get status(): StatusMessage {
    return this.#health.status;
  }

  /**
   * Where media is pushed into the stream.
   * @throws {EvokedError} ERR_REQUEST_INVALID where the server opens the source itself
   */
  get inlet(): PushInlet {
    return this.#intake.inlet;
  }

  /** Whether senders that name this key push into this stream. */
  hasKey(key: string): boolean {
    return this.#intake.hasKey(key);
  }

  info(): StreamInfo {
    const { state, code, detail } = this.status;
    const { epoch, nextSeq, numScores, numDropped, latencyMs } = this.#tally;
    return {
      id: this.id,
      url: this.#source.kind === 'push' ? null : this.#source.display,
      state,
      code,
      detail,
      pack: this.#options.parts.engine.pack,
      createdAtMs: this.#createdAtMs,
      epoch,
      nextSeq,
      hasVideo: this.#tracks && this.#tracks.video !== null,
      hasAudio: this.#tracks && this.#tracks.audio !== null,
      subscribers: this.numSubscribers,
      numScores,
      numDropped,
      decodedShare: { visual: this.#decoded.of('visual'), audio: this.#decoded.of('audio') },
      latencyMs,
    };
  }

  /**
   * @param since the last message that the client has; null starts with the next one
   * @returns a function to call when the connection is gone
   */
  subscribe(sink: MessageSink, since: Position | null): () => void {
    const { status } = this;
    return this.#audience.join(sink, since, [this.#hello(), ...(status.detail === '' ? [] : [status])]);
  }

  /** @returns a function to call when the connection is gone */
  watchPreview(sink: PreviewSink): () => void {
    return this.#preview.watch(sink);
  }

  /** Opens the source again in a new epoch; subscribers stay. */
  restart(): void {
    this.#reopen();
  }

  /**
   * Opens another source, which a request names, in a new epoch; subscribers stay.
   * @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE; the session then goes on as it was
   */
  change(url: string): void {
    this.#source = this.#read(url, 'request');
    this.#url = url;
    this.#origin = 'request';
    this.#reopen();
  }

  #read(url: string, origin: SourceOrigin): SourceSpec {
    const { config } = this.#options;
    const source = parseSource(url, policyFor(origin, config));
    refuseOpenListener(source, config.source.allowOpenListeners);
    return source;
  }

  #reopen(): void {
    this.#running?.unsubscribe();
    this.#audience.reopen();
    this.#start();
  }

  /** To be called now and then: tells the status again where nothing was told meanwhile, so that quiet is not taken for gone. */
  breakSilence(): void {
    if (this.#silent) this.#audience.notify(this.status);
    this.#silent = true;
  }

  /** Stops the source and ends every subscription. May be called twice. */
  close(reason: string): void {
    this.#intake.close(reason);
    this.#running?.unsubscribe();
    this.#preview.close(reason);
    this.#audience.finish({ type: 'end', reason });
  }

  #start(): void {
    const { metrics, ...rest } = this.#options;
    this.#outcome = null;
    this.#tracks = null;
    const pipeline = createPipeline({
      ...rest,
      url: this.#url,
      source: this.#source,
      origin: this.#origin,
      point: this.#intake.follow(this.#source),
      firstEpoch: this.#tally.epoch + 1,
      events: {
        status: (status) => this.#onSourceStatus(status),
        tracks: (tracks) => this.#onTracks(tracks),
        decoded: (report) => this.#onDecoded(report),
        scoring: (segment) => this.#preview.publish(segment),
        scored: (result) => metrics.scored(result),
        overloaded: () => this.#onOverloaded(),
        inferenceFailed: (error) => this.#onInferenceFailed(error),
      },
    });
    this.#pipeline = pipeline;
    if (this.numWatchers > 0) pipeline.setPreview(true);
    this.#running = pipeline.events$.subscribe({
      next: (event) => this.#publish(event),
      error: (error: unknown) => this.#onFault(toEvokedError(error)),
      complete: () => this.#onComplete(),
    });
  }

  #publish(event: SessionEvent): void {
    this.#tally.add(event);
    if (event.type === 'score') this.#health.scored();
    if (event.type === 'gap') this.#options.metrics.dropped(event.reason, event.toSeq - event.fromSeq + 1);
    this.#audience.publish(event);
    this.#silent = false;
    this.#tellStatus();
  }

  #onSourceStatus(received: InputStatus): void {
    // Details are meant to be free of credentials; that the URL itself is, is made certain here.
    const status = { ...received, detail: received.detail.replaceAll(this.#url, this.#source.display) };
    if (status.state === 'ended' || status.state === 'failed') {
      this.#outcome = status;
      return;
    }
    if (status.state === 'reconnecting') this.#options.metrics.sourceRestarted();
    this.#health.source(status.state, status.detail, status.error?.code ?? null);
    this.#tellStatus();
  }

  #onTracks(tracks: SourceTracks): void {
    this.#tracks = tracks;
    this.#decoded.reset();
  }

  #onDecoded(report: PacketsDecoded): void {
    this.#decoded.add(report);
    this.#options.metrics.decoded(report);
  }

  #onOverloaded(): void {
    this.#health.overloaded();
    this.#tellStatus();
  }

  #onInferenceFailed(error: EvokedError): void {
    this.#options.metrics.inferenceFailed();
    this.#health.failed(error);
    this.#tellStatus();
  }

  #onFault(error: EvokedError): void {
    this.#options.log.error({ stream: this.id, err: error }, 'a stream broke');
    this.#outcome = { type: 'status', state: 'failed', detail: error.message, error };
    this.#onComplete();
  }

  /** A sender has come, and the source is over: begins again once all that came before is told. */
  #resumeForSender(): void {
    if (this.#running?.closed === true) this.restart();
  }

  #onComplete(): void {
    if (this.#intake.hasWaiting) {
      this.restart();
      return;
    }
    const { state, detail, error } = this.#outcome ?? { state: 'ended', detail: '' };
    this.#health.source(state, detail, error?.code ?? null);
    this.#tellStatus();
    this.#audience.finish(
      state === 'failed'
        ? { type: 'error', code: error?.code ?? 'ERR_INTERNAL', message: detail }
        : { type: 'end', reason: 'ended' },
    );
  }

  #tellStatus(): void {
    const { status } = this;
    if (status.state === this.#told.state && status.detail === this.#told.detail) return;
    this.#told = status;
    this.#silent = false;
    this.#audience.notify(status);
    this.#options.log.info(
      { stream: this.id, state: status.state, code: status.code, detail: status.detail },
      'stream state',
    );
  }

  #hello(): HelloMessage {
    const { epoch, nextSeq } = this.#tally;
    const oldest = this.#audience.oldestPosition;
    return {
      type: 'hello',
      protocol: 1,
      stream: this.id,
      session: this.life,
      epoch,
      nextSeq,
      oldestSeq: oldest && [oldest.epoch, oldest.seq],
      labels: LABELS,
      rateHz: SEGMENT_RATE,
      pack: this.#options.parts.engine.pack,
      state: this.status.state,
    };
  }
}

import { randomUUID } from 'node:crypto';
import type { Subscription } from 'rxjs';
import { toEvokedError, type EvokedError } from '../../core/errors.js';
import type { SessionEvent, StatusMessage, StreamInfo } from '../../core/protocol.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import type { PushInlet } from '../../streams/push/pushed-media.js';
import { Audience } from '../delivery/audience.js';
import { PreviewChannel, type PreviewSink } from '../delivery/preview-channel.js';
import type { Position } from '../delivery/since.js';
import type { MessageSink } from '../delivery/subscriber.js';
import { hello } from './hello.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { pipelineReports } from './pipeline-reports.js';
import { PushIntake } from './push-intake.js';
import type { SessionOptions } from './session-options.js';
import { SessionSource } from './session-source.js';
import { StatusTeller } from './status-teller.js';
import { StreamFigures } from './stream-figures.js';

/** One stream: a source on its way to scores, their history, and those who read them. */
export class Session {
  readonly id: string;
  /** Names this life of the stream: positions of another life mean nothing in this one. */
  readonly life = randomUUID();
  readonly #options: SessionOptions;
  readonly #createdAtMs: number;
  readonly #figures: StreamFigures;
  readonly #audience: Audience;
  readonly #teller: StatusTeller;
  readonly #preview: PreviewChannel;
  readonly #intake: PushIntake;
  #source: SessionSource;
  #pipeline: Pipeline | null = null;
  #running: Subscription | undefined;

  /** @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE */
  constructor(options: SessionOptions) {
    const { id, url, origin, config, parts, metrics } = options;
    this.id = id;
    this.#options = options;
    this.#source = new SessionSource(url, origin, config);
    this.#createdAtMs = parts.clock.nowMs();
    const steadyMs = () => parts.scheduler.now();
    this.#figures = new StreamFigures(steadyMs);
    const events = {
      delivered: (publishedAtMs: number) => metrics.delivered(steadyMs() - publishedAtMs),
      slow: () => {
        metrics.slowSubscriber();
        options.log.warn({ stream: id }, 'a subscriber reads too slowly: closed');
      },
    };
    this.#audience = new Audience(Math.ceil(config.historySeconds * SEGMENT_RATE), events, parts.scheduler);
    this.#teller = new StatusTeller(id, this.#audience, options.log);
    this.#intake = new PushIntake({
      silenceMs: config.source.readTimeoutMs,
      maxCrashRestartsPerMinute: config.source.maxCrashRestartsPerMinute,
      scheduler: parts.scheduler,
      unplayed: () => this.#resumeForSender(),
      abandonMs: abandonMsOf(options),
      abandoned: options.abandoned,
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
    return this.#teller.status;
  }

  /**
   * Where media is pushed into the stream.
   * @throws {EvokedError} ERR_REQUEST_INVALID where the server opens the source itself
   */
  get inlet(): PushInlet {
    return this.#intake.inlet;
  }

  /**
   * A sender has connected, whatever it is going to do.
   * @param onClosed is told when the stream is over
   * @returns a function to call when the connection is gone
   */
  attend(onClosed: (error: EvokedError) => void): () => void {
    return this.#intake.attend(onClosed);
  }

  /** Whether senders that name this key push into this stream. */
  hasKey(key: string): boolean {
    return this.#intake.hasKey(key);
  }

  info(): StreamInfo {
    const { state, code, detail } = this.status;
    return {
      id: this.id,
      url: this.#source.display,
      state,
      code,
      detail,
      pack: this.#options.parts.engine.pack,
      createdAtMs: this.#createdAtMs,
      subscribers: this.numSubscribers,
      ...this.#figures.all,
    };
  }

  /**
   * @param since the last message that the client has; null starts with the next one
   * @returns a function to call when the connection is gone
   */
  subscribe(sink: MessageSink, since: Position | null): () => void {
    const { id, life, status } = this;
    const { pack } = this.#options.parts.engine;
    const place = this.#figures.place;
    const first = hello({
      id,
      life,
      pack,
      ...place,
      oldest: this.#audience.oldestPosition,
      state: status.state,
    });
    return this.#audience.join(sink, since, [first, ...(status.detail === '' ? [] : [status])]);
  }

  /** @returns a function to call when the connection is gone */
  watchPreview(sink: PreviewSink): () => void {
    return this.#preview.watch(sink);
  }

  /** Opens the source again in a new epoch, whatever has become of it; subscribers stay. */
  restart(): void {
    this.#intake.readmit();
    this.#reopen();
  }

  /**
   * Opens another source, which a request names, in a new epoch; subscribers stay.
   * @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE; the session then goes on as it was
   */
  change(url: string): void {
    this.#source = new SessionSource(url, 'request', this.#options.config);
    this.restart();
  }

  /** To be called now and then: tells the status again where nothing was told meanwhile, so that quiet is not taken for gone. */
  breakSilence(): void {
    this.#teller.breakSilence();
  }

  /**
   * Stops the source and ends every subscription. May be called twice.
   * @param detail what a last status says, where there is anything to say
   */
  close(reason: string, detail = ''): void {
    this.#intake.close(reason);
    this.#running?.unsubscribe();
    this.#preview.close(reason);
    if (detail !== '') this.#teller.stopped(detail);
    this.#audience.finish({ type: 'end', reason });
  }

  #reopen(): void {
    this.#running?.unsubscribe();
    this.#audience.reopen();
    this.#start();
  }

  #start(): void {
    const { config, parts, metrics } = this.#options;
    const [source, figures, teller] = [this.#source, this.#figures, this.#teller];
    figures.opening();
    teller.opening();
    const pipeline = createPipeline({
      source,
      point: this.#intake.follow(source.spec),
      firstEpoch: figures.place.epoch + 1,
      config,
      parts,
      events: pipelineReports({ source, figures, teller, metrics, preview: this.#preview }),
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
    this.#figures.told(event);
    if (event.type === 'gap') this.#options.metrics.dropped(event.reason, event.toSeq - event.fromSeq + 1);
    this.#audience.publish(event);
    this.#teller.published(event);
  }

  #onFault(error: EvokedError): void {
    this.#options.log.error({ stream: this.id, err: error }, 'a stream broke');
    this.#teller.source({ type: 'status', state: 'failed', detail: error.message, error });
    this.#onComplete();
  }

  /** A sender has come, and the source is over: begins again once all that came before is told. */
  #resumeForSender(): void {
    if (this.#running?.closed === true) this.#reopen();
  }

  #onComplete(): void {
    if (this.#intake.hasWaiting) {
      this.#reopen();
      return;
    }
    this.#teller.conclude();
  }
}

/** What the operator made for a sender may wait for it without end. */
function abandonMsOf({ origin, config }: SessionOptions): number | null {
  const { abandonSeconds } = config.ingest;
  return origin === 'request' && abandonSeconds > 0 ? abandonSeconds * 1000 : null;
}

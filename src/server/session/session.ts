import { randomUUID } from 'node:crypto';
import type { EvokedError } from '../../core/errors.js';
import type { StatusMessage, StreamInfo } from '../../core/protocol.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import type { PushInlet } from '../../streams/push/pushed-media.js';
import { Audience } from '../delivery/audience.js';
import { PreviewChannel, type PreviewSink } from '../delivery/preview-channel.js';
import type { Position } from '../delivery/since.js';
import type { MessageSink } from '../delivery/subscriber.js';
import { hello } from './hello.js';
import { PushIntake } from './push-intake.js';
import type { SessionOptions } from './session-options.js';
import { SessionSource } from './session-source.js';
import { SourceRuns } from './source-runs.js';
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
  readonly #runs: SourceRuns;

  /** @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE */
  constructor(options: SessionOptions) {
    const { id, url, origin, config, parts, metrics } = options;
    this.id = id;
    this.#options = options;
    const source = new SessionSource(url, origin, config);
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
      unplayed: () => this.#runs.resume(),
      abandonMs: abandonMsOf(options),
      abandoned: options.abandoned,
    });
    this.#preview = new PreviewChannel(
      (on) => this.#runs.setPreview(on),
      () => metrics.previewSkipped(),
    );
    this.#runs = new SourceRuns(source, options, {
      figures: this.#figures,
      audience: this.#audience,
      teller: this.#teller,
      preview: this.#preview,
      intake: this.#intake,
    });
  }

  get numSubscribers(): number {
    return this.#audience.size;
  }

  get numWatchers(): number {
    return this.#preview.numWatchers;
  }

  get numWaitingSegments(): number {
    return this.#runs.numWaiting;
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
      url: this.#runs.source.display,
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
    this.#runs.reopen();
  }

  /**
   * Opens another source, which a request names, in a new epoch; subscribers stay.
   * @throws {EvokedError} ERR_SOURCE_URL, ERR_SOURCE_FORBIDDEN, ERR_SOURCE_DEVICE; the session then goes on as it was
   */
  change(url: string): void {
    const source = new SessionSource(url, 'request', this.#options.config);
    this.#intake.readmit();
    this.#runs.reopen(source);
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
    this.#runs.stop();
    this.#preview.close(reason);
    if (detail !== '') this.#teller.stopped(detail);
    this.#audience.finish({ type: 'end', reason });
  }
}

/** What the operator made for a sender may wait for it without end. */
function abandonMsOf({ origin, config }: SessionOptions): number | null {
  const { abandonSeconds } = config.ingest;
  return origin === 'request' && abandonSeconds > 0 ? abandonSeconds * 1000 : null;
}

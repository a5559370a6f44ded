import type { Subscription } from 'rxjs';
import { toEvokedError, type EvokedError } from '../../core/errors.js';
import type { SessionEvent } from '../../core/protocol.js';
import type { Audience } from '../delivery/audience.js';
import type { PreviewChannel } from '../delivery/preview-channel.js';
import { createPipeline, type Pipeline } from './pipeline.js';
import { pipelineReports } from './pipeline-reports.js';
import type { PushIntake } from './push-intake.js';
import type { SessionOptions } from './session-options.js';
import type { SessionSource } from './session-source.js';
import type { StatusTeller } from './status-teller.js';
import type { StreamFigures } from './stream-figures.js';

/** Where what becomes of a source goes. */
export interface SourceRunsOutlets {
  readonly figures: StreamFigures;
  readonly audience: Audience;
  readonly teller: StatusTeller;
  readonly preview: PreviewChannel;
  readonly intake: PushIntake;
}

/** Plays the source of a session, one pipeline after another, and publishes what comes of it. */
export class SourceRuns {
  readonly #options: SessionOptions;
  readonly #outlets: SourceRunsOutlets;
  #source: SessionSource;
  #pipeline: Pipeline | null = null;
  #running: Subscription | undefined;

  /** Begins at once. */
  constructor(source: SessionSource, options: SessionOptions, outlets: SourceRunsOutlets) {
    this.#options = options;
    this.#outlets = outlets;
    this.#source = source;
    this.#start();
  }

  get source(): SessionSource {
    return this.#source;
  }

  /** Segments that wait to be scored. */
  get numWaiting(): number {
    return this.#pipeline?.numWaiting ?? 0;
  }

  setPreview(on: boolean): void {
    this.#pipeline?.setPreview(on);
  }

  /** Opens the source again, or another one, in a new epoch; subscribers stay. */
  reopen(source = this.#source): void {
    this.#running?.unsubscribe();
    this.#source = source;
    this.#outlets.audience.reopen();
    this.#start();
  }

  /** Begins again where the source is over, once all that came before is told. */
  resume(): void {
    if (this.#running?.closed === true) this.reopen();
  }

  stop(): void {
    this.#running?.unsubscribe();
  }

  #start(): void {
    const { id, config, parts, metrics, log } = this.#options;
    const source = this.#source;
    if (source.warning !== null)
      log.warn({ stream: id, source: source.display }, `a stream ${source.warning}`);
    const { figures, teller, preview, intake } = this.#outlets;
    figures.opening();
    teller.opening();
    const pipeline = createPipeline({
      source,
      point: intake.follow(source.spec),
      firstEpoch: figures.place.epoch + 1,
      config,
      parts,
      events: pipelineReports({ source, figures, teller, metrics, preview }),
    });
    this.#pipeline = pipeline;
    if (preview.numWatchers > 0) pipeline.setPreview(true);
    this.#running = pipeline.events$.subscribe({
      next: (event) => this.#publish(event),
      error: (error: unknown) => this.#onFault(toEvokedError(error)),
      complete: () => this.#onComplete(),
    });
  }

  #publish(event: SessionEvent): void {
    const { figures, audience, teller } = this.#outlets;
    figures.told(event);
    if (event.type === 'gap') this.#options.metrics.dropped(event.reason, event.toSeq - event.fromSeq + 1);
    audience.publish(event);
    teller.published(event);
  }

  #onFault(error: EvokedError): void {
    const { id, log } = this.#options;
    log.error({ stream: id, err: error }, 'a stream broke');
    this.#outlets.teller.source({ type: 'status', state: 'failed', detail: error.message, error });
    this.#onComplete();
  }

  #onComplete(): void {
    if (this.#outlets.intake.hasWaiting) this.reopen();
    else this.#outlets.teller.conclude();
  }
}

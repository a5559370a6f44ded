import { Worker } from 'node:worker_threads';
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { Clock } from '../../core/clock.js';
import { EvokedError } from '../../core/errors.js';
import { processEntry } from '../../core/process-entry.js';
import { ComputeGate, shutOnExit } from './compute-gate.js';
import type {
  LaneData,
  LaneReply,
  LaneRequest,
  LaneRestore,
  LaneSave,
  LaneScore,
  LaneSegment,
} from './lane-messages.js';
import { type LaneAnswers, PendingRequests } from './pending-requests.js';
import { StallWatch } from './stall-watch.js';
import type { SavedTower } from '../tower/state-bytes.js';

/** A worker that ended sooner than this is not started again before this has passed, and then by the next request. */
const MIN_LIFETIME_MS = 1000;

/** A batch takes a tenth of a second, on a slow machine a second. */
export const STALL_SECONDS = 15;

/** Loading takes a second or two, more from a slow disk. */
const LOAD_STALL_SECONDS = 120;

/** Threads that hang and still hold their networks' memory; where there are as many no other one is started. */
export const MAX_ABANDONED = 2;

/** How long a thread may take to end when it is asked to. */
const CLOSE_TIMEOUT_MS = 5000;

type WithoutId<R> = R extends unknown ? Omit<R, 'id'> : never;

/** What has an answer, before it has its number. */
type LaneAsk = WithoutId<LaneSegment | LaneSave | LaneRestore>;

/**
 * A worker thread for one modality, seen from the main thread. Where the thread ends unasked, pending requests reject,
 * `generation` grows (every stream's state is lost) and a new thread is started. So it is where the thread no longer answers; it
 * is left alone then, since a thread that is stopped inside ONNX Runtime takes the whole process with it.
 */
export class Lane {
  /** Settles once the networks are loaded. */
  readonly ready: Promise<void>;
  /** Streams that are assigned to this lane. */
  numStreams = 0;
  readonly #data: Omit<LaneData, 'gate'>;
  readonly #clock: Clock;
  readonly #entry: string;
  readonly #scheduler: SchedulerLike;
  readonly #pending = new PendingRequests();
  #worker: Worker | undefined;
  #watch: StallWatch | undefined;
  #numAbandoned = 0;
  #exited: Promise<void> = Promise.resolve();
  #startedAtMs = 0;
  #nextId = 0;
  #generation = 0;
  #closed: Promise<void> | undefined;

  /**
   * @param entry path of the worker's module; the lane's own unless a test gives another
   * @param scheduler runs the watch over the thread
   */
  constructor(
    data: Omit<LaneData, 'gate'>,
    clock: Clock,
    entry = processEntry('model/inference/lane-worker'),
    scheduler: SchedulerLike = asyncScheduler,
  ) {
    this.#data = data;
    this.#clock = clock;
    this.#entry = entry;
    this.#scheduler = scheduler;
    this.ready = this.#start();
  }

  /** Grows by one each time that the states of the lane's streams are lost. */
  get generation(): number {
    return this.#generation;
  }

  /** Segments that no batch has taken yet. */
  get queueDepth(): number {
    return this.#pending.numWaiting;
  }

  /**
   * Embeds one input and steps the stream's tower. The input is copied.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_INPUT
   */
  score(segment: Omit<LaneSegment, 'type' | 'id' | 'requestedAtMs'>): Promise<LaneScore> {
    // The caller's array may be in use elsewhere (a frame can belong to two segments): the copy is what moves.
    const input = segment.input.slice();
    const requestedAtMs = this.#clock.nowMs();
    return this.#request({ ...segment, type: 'segment', input, requestedAtMs }, [input.buffer]);
  }

  /**
   * The stream's tower state behind the segments that were given so far.
   * @throws {EvokedError} ERR_MODEL_WORKER
   */
  save(request: Omit<LaneSave, 'type' | 'id'>): Promise<SavedTower> {
    return this.#request({ ...request, type: 'save' });
  }

  /**
   * Gives the stream the state that its next segment goes on from.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_STATE
   */
  restore(request: Omit<LaneRestore, 'type' | 'id'>): Promise<undefined> {
    return this.#request({ ...request, type: 'restore' });
  }

  /** Frees a stream's state; its pending requests reject. */
  forget(stream: number): void {
    this.#pending.rejectAll(new EvokedError('ERR_MODEL_WORKER', { what: 'the scorer was closed' }), stream);
    this.#worker?.postMessage({ type: 'forget', stream } satisfies LaneRequest);
  }

  /**
   * Ends the thread once its batch is done; pending requests reject at once. May be called twice. The thread is asked, not
   * terminated; one that does not end within 5 s is left behind.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  #request<R extends LaneAsk>(request: R, transfer: ArrayBuffer[] = []): Promise<LaneAnswers[R['type']]> {
    if (this.#worker === undefined && !this.#restart()) {
      return Promise.reject(this.#lost('is not running', undefined));
    }
    const id = this.#nextId++;
    const answer = this.#pending.add<R['type']>(request.type, id, request.stream);
    this.#worker?.postMessage({ ...request, id }, transfer);
    this.#watch?.expect();
    return answer;
  }

  async #close(): Promise<void> {
    this.#pending.rejectAll(this.#lost('was closed', undefined));
    this.#watch?.stop();
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.postMessage({ type: 'close' } satisfies LaneRequest);
    await this.#exitOf(worker);
  }

  #start(): Promise<void> {
    this.#startedAtMs = this.#clock.nowMs();
    const name = `evoked ${this.#data.modality}`;
    const gate = new ComputeGate();
    const workerData: LaneData = { ...this.#data, gate: gate.buffer };
    const worker = new Worker(this.#entry, { workerData, name, execArgv: [] });
    const release = shutOnExit(gate);
    this.#worker = worker;
    this.#exited = new Promise((resolve) => {
      worker.once('exit', () => {
        release();
        resolve();
      });
    });
    return new Promise((resolve, reject) => {
      let isReady = false;
      const end = (error: EvokedError): void => {
        reject(error);
        watch.stop();
        if (this.#worker !== worker) return;
        this.#worker = undefined;
        this.#generation++;
        this.#pending.rejectAll(error);
        // One that could not even load would fail again: the next request tries.
        if (isReady) this.#restart();
      };
      const watch = new StallWatch({
        scheduler: this.#scheduler,
        isBusy: () => this.#pending.size > 0,
        limitSeconds: () => (isReady ? STALL_SECONDS : LOAD_STALL_SECONDS),
        onStall: () => {
          this.#abandon(worker);
          end(this.#lost('does not answer', undefined));
        },
      });
      this.#watch = watch;
      worker.on('message', (reply: LaneReply) => {
        watch.sign();
        if (reply.type === 'ready') {
          isReady = true;
          resolve();
        } else if (reply.type === 'failed') {
          end(new EvokedError(reply.error.code, { what: reply.error.message }));
        } else if (this.#worker === worker) this.#accept(reply);
      });
      worker.on('error', (cause) => end(this.#lost('failed', cause)));
      worker.on('messageerror', (cause) => end(this.#lost('sent an unreadable message', cause)));
      worker.on('exit', (code) => end(this.#lost(`ended with code ${code}`, undefined)));
    });
  }

  /** Gives up a thread that hangs. Should it ever come round, it finds that it is to end. */
  #abandon(worker: Worker): void {
    worker.postMessage({ type: 'close' } satisfies LaneRequest);
    worker.unref();
    this.#numAbandoned++;
    this.#exited = Promise.resolve();
    worker.once('exit', () => this.#numAbandoned--);
  }

  async #exitOf(worker: Worker | undefined): Promise<void> {
    let giveUp: Subscription | undefined;
    const timeout = new Promise<void>((resolve) => {
      giveUp = this.#scheduler.schedule(() => {
        worker?.unref();
        resolve();
      }, CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.#exited, timeout]);
    giveUp?.unsubscribe();
  }

  /** Starts a new thread, unless the last one was started only just now, or too many hang. */
  #restart(): boolean {
    if (this.#closed !== undefined || this.#clock.nowMs() - this.#startedAtMs < MIN_LIFETIME_MS) return false;
    if (this.#numAbandoned >= MAX_ABANDONED) return false;
    // A failure to load rejects the requests that wait for it; nobody else needs to hear of it.
    this.#start().catch(() => undefined);
    return true;
  }

  #accept(reply: Exclude<LaneReply, { type: 'ready' | 'failed' }>): void {
    switch (reply.type) {
      case 'started':
        this.#pending.started(reply.ids);
        return;
      case 'scores':
        for (const score of reply.scores) this.#pending.resolve(score.id, score);
        return;
      case 'saved':
        this.#pending.resolve(reply.id, reply.tower);
        return;
      case 'restored':
        this.#pending.resolve(reply.id, undefined);
        return;
      case 'rejected': {
        const { code, message } = reply.error;
        this.#pending.reject(reply.id, new EvokedError(code, { what: message }));
        return;
      }
    }
  }

  #lost(how: string, cause: unknown): EvokedError {
    const what = `inference worker for ${this.#data.modality} ${how}`;
    const got = cause instanceof Error ? { got: cause.message, cause } : {};
    return new EvokedError('ERR_MODEL_WORKER', { what, ...got });
  }
}

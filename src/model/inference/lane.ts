import { Worker } from 'node:worker_threads';
import type { Clock } from '../../core/clock.js';
import { EvokedError } from '../../core/errors.js';
import { processEntry } from '../../core/process-entry.js';
import { ComputeGate, shutOnExit } from './compute-gate.js';
import type { LaneData, LaneReply, LaneRequest, LaneScore, LaneSegment } from './lane-messages.js';

/** A worker that ended sooner than this is not started again before this has passed, and then by the next request. */
const MIN_LIFETIME_MS = 1000;

interface PendingScore {
  readonly stream: number;
  isWaiting: boolean;
  resolve(score: LaneScore): void;
  reject(error: EvokedError): void;
}

/**
 * A worker thread for one modality, seen from the main thread. Where the thread ends unasked, pending requests reject,
 * `generation` grows (every stream's state is lost) and a new thread is started.
 */
export class Lane {
  /** Settles once the networks are loaded. */
  readonly ready: Promise<void>;
  /** Streams that are assigned to this lane. */
  numStreams = 0;
  readonly #data: Omit<LaneData, 'gate'>;
  readonly #clock: Clock;
  readonly #entry: string;
  readonly #pending = new Map<number, PendingScore>();
  #worker: Worker | undefined;
  #exited: Promise<void> = Promise.resolve();
  #startedAtMs = 0;
  #nextId = 0;
  #generation = 0;
  #isClosed = false;

  /** @param entry path of the worker's module; the lane's own unless a test gives another */
  constructor(
    data: Omit<LaneData, 'gate'>,
    clock: Clock,
    entry = processEntry('model/inference/lane-worker'),
  ) {
    this.#data = data;
    this.#clock = clock;
    this.#entry = entry;
    this.ready = this.#start();
  }

  /** Grows by one each time that the states of the lane's streams are lost. */
  get generation(): number {
    return this.#generation;
  }

  /** Segments that no batch has taken yet. */
  get queueDepth(): number {
    let numWaiting = 0;
    for (const { isWaiting } of this.#pending.values()) if (isWaiting) numWaiting++;
    return numWaiting;
  }

  /**
   * Embeds one input and steps the stream's tower. The input is copied.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_INPUT
   */
  score(segment: Omit<LaneSegment, 'type' | 'id' | 'requestedAtMs'>): Promise<LaneScore> {
    if (this.#worker === undefined && !this.#restart()) {
      return Promise.reject(this.#lost('is not running', undefined));
    }
    const id = this.#nextId++;
    // The caller's array may be in use elsewhere (a frame can belong to two segments): the copy is what moves.
    const input = segment.input.slice();
    const request: LaneRequest = {
      ...segment,
      type: 'segment',
      id,
      input,
      requestedAtMs: this.#clock.nowMs(),
    };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { stream: segment.stream, isWaiting: true, resolve, reject });
      this.#worker?.postMessage(request, [input.buffer]);
    });
  }

  /** Frees a stream's state; its pending requests reject. */
  forget(stream: number): void {
    for (const [id, pending] of this.#pending) {
      if (pending.stream !== stream) continue;
      this.#pending.delete(id);
      pending.reject(new EvokedError('ERR_MODEL_WORKER', { what: 'the scorer was closed' }));
    }
    this.#worker?.postMessage({ type: 'forget', stream } satisfies LaneRequest);
  }

  /**
   * Ends the thread once its batch is done; pending requests reject at once. May be called twice. The thread is asked, not
   * terminated: a thread that is stopped inside ONNX Runtime takes the whole process with it.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rejectAll(this.#lost('was closed', undefined));
    this.#worker?.postMessage({ type: 'close' } satisfies LaneRequest);
    this.#worker = undefined;
    await this.#exited;
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
      const end = (error: EvokedError): void => {
        reject(error);
        if (this.#worker !== worker) return;
        this.#worker = undefined;
        this.#generation++;
        this.#rejectAll(error);
        this.#restart();
      };
      worker.on('message', (reply: LaneReply) => {
        if (reply.type === 'ready') resolve();
        else if (reply.type === 'failed') {
          end(new EvokedError(reply.error.code, { what: reply.error.message }));
        } else if (this.#worker === worker) this.#accept(reply);
      });
      worker.on('error', (cause) => end(this.#lost('failed', cause)));
      worker.on('messageerror', (cause) => end(this.#lost('sent an unreadable message', cause)));
      worker.on('exit', (code) => end(this.#lost(`ended with code ${code}`, undefined)));
    });
  }

  /** Starts a new thread, unless the last one was started only just now. */
  #restart(): boolean {
    if (this.#isClosed || this.#clock.nowMs() - this.#startedAtMs < MIN_LIFETIME_MS) return false;
    // A failure to load rejects the requests that wait for it; nobody else needs to hear of it.
    this.#start().catch(() => undefined);
    return true;
  }

  #accept(reply: Exclude<LaneReply, { type: 'ready' | 'failed' }>): void {
    switch (reply.type) {
      case 'started':
        for (const id of reply.ids) {
          const pending = this.#pending.get(id);
          if (pending !== undefined) pending.isWaiting = false;
        }
        return;
      case 'scores':
        for (const score of reply.scores) this.#take(score.id)?.resolve(score);
        return;
      case 'rejected': {
        const { code, message } = reply.error;
        this.#take(reply.id)?.reject(new EvokedError(code, { what: message }));
        return;
      }
    }
  }

  #take(id: number): PendingScore | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending;
  }

  #rejectAll(error: EvokedError): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const request of pending) request.reject(error);
  }

  #lost(how: string, cause: unknown): EvokedError {
    const what = `inference worker for ${this.#data.modality} ${how}`;
    const got = cause instanceof Error ? { got: cause.message, cause } : {};
    return new EvokedError('ERR_MODEL_WORKER', { what, ...got });
  }
}

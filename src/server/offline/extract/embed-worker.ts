import { Worker } from 'node:worker_threads';
import { EvokedError } from '../../../core/errors.js';
import { processEntry } from '../../../core/process-entry.js';
import { ComputeGate, shutOnExit } from '../../../model/inference/compute-gate.js';
import type { EmbedInputs, Embeddings, EmbedReply, EmbedRequest, EmbedThreadData } from './embed-messages.js';
import type { ExtractorChoice } from './extractor-choice.js';

interface Waiting {
  resolve(embeddings: Embeddings): void;
  reject(error: EvokedError): void;
}

/**
 * One embedding thread, seen from the main thread; it may be asked while it still loads. Where it is lost, whatever is asked of
 * it rejects.
 */
export class EmbedWorker {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #lost: EvokedError | undefined;
  #nextId = 0;

  constructor(choice: ExtractorChoice) {
    const gate = new ComputeGate();
    const workerData: EmbedThreadData = { choice, gate: gate.buffer };
    const entry = processEntry('server/offline/extract/embed-thread');
    this.#worker = new Worker(entry, { workerData, name: 'evoked embed', execArgv: [] });
    const release = shutOnExit(gate);
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        release();
        this.#end(workerError(`ended with code ${code}`));
        resolve();
      });
    });
    this.#worker.on('message', (reply: EmbedReply) => this.#accept(reply));
    this.#worker.on('error', (cause) => this.#end(workerError('failed', cause)));
  }

  /** Groups that it has not yet answered. */
  get numPending(): number {
    return this.#waiting.size;
  }

  /** @throws {EvokedError} ERR_MODEL_INPUT, ERR_MODEL_WORKER */
  embed(inputs: EmbedInputs): Promise<Embeddings> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      const request: EmbedRequest = { type: 'embed', id, inputs };
      this.#worker.postMessage(
        request,
        inputs.visual === undefined ? [] : [inputs.visual.buffer as ArrayBuffer],
      );
    });
  }

  /** Lets the group under way be finished: a thread that is stopped inside ONNX Runtime takes the process with it. */
  async close(): Promise<void> {
    this.#end(workerError('was closed'));
    this.#worker.postMessage({ type: 'close' } satisfies EmbedRequest);
    await this.#exited;
  }

  #accept(reply: EmbedReply): void {
    if (reply.type === 'embeddings') {
      this.#take(reply.id)?.resolve(reply.embeddings);
      return;
    }
    const error = new EvokedError(reply.code, { what: reply.message });
    if (reply.id === null) this.#end(error);
    else this.#take(reply.id)?.reject(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(error: EvokedError): void {
    this.#lost ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function workerError(how: string, cause?: unknown): EvokedError {
  const got = cause instanceof Error ? { got: cause.message, cause } : {};
  return new EvokedError('ERR_MODEL_WORKER', { what: `an embedding thread ${how}`, ...got });
}

import type { SchedulerLike } from 'rxjs';
import { EvokedError } from '../../core/errors.js';
import { steadyScheduler } from '../../core/steady-scheduler.js';
import { childEnvironment } from '../child/child-environment.js';
import { ChildLink } from '../child/child-link.js';
import { MemoryGuard } from '../child/memory-guard.js';
import { residentBytesOf, type ResidentBytesOf } from '../child/resident-memory.js';
import { killChild, startChild, type PipedChild } from '../child/start-child.js';
import {
  decodeReply,
  encodeRequest,
  REPLY_LIMITS,
  type ReceiverOptions,
  type ReceiverReply,
  type ReceiverRequest,
} from './receiver-wire.js';

/** The receiver's process as its parent holds it. */
export type ReceiverChild = PipedChild;

/** Starts a receiver; injected in tests. */
export type SpawnReceiver = () => ReceiverChild;

/** Heap of the receiver in MB; what it holds of messages is bounded by its own limits. */
const MAX_HEAP_MB = 96;

/** How long the process may take to exit after it was asked to; then it is killed. */
const STOP_GRACE_MS = 1000;

/** Starts the receiver of this installation. It is killed, at the latest, when this process exits. */
export const spawnReceiver: SpawnReceiver = () =>
  startChild({
    entry: 'streams/rtmp/receiver-main',
    maxHeapMb: MAX_HEAP_MB,
    environment: childEnvironment(false),
  });

/** What a receiver's process is run with. */
export interface ReceiverRunOptions {
  readonly receiver: ReceiverOptions;
  /** Without any sign of life for this long it is killed. */
  readonly watchdogMs: number;
  /** With more resident memory than so many MiB it is killed. */
  readonly memoryLimitMb: number;
  readonly scheduler?: SchedulerLike;
  readonly spawn?: SpawnReceiver;
  readonly residentBytesOf?: ResidentBytesOf;
  readonly onReply: (reply: ReceiverReply) => void;
  /** It is over, without having been asked to stop. Once. */
  readonly onLost: (error: EvokedError) => void;
}

/** One life of the receiver's process. */
export class ReceiverProcess {
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  readonly #options: ReceiverRunOptions;
  readonly #scheduler: SchedulerLike;
  readonly #child: ReceiverChild;
  readonly #link: ChildLink;
  readonly #memory: MemoryGuard;

  constructor(options: ReceiverRunOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? steadyScheduler;
    this.#child = (options.spawn ?? spawnReceiver)();
    const { watchdogMs: limitMs } = options;
    const onSilent = (): void => this.#lose(`nothing for ${limitMs} ms`);
    this.#link = new ChildLink(this.#child, {
      limits: REPLY_LIMITS,
      onMessage: (kind, body) => this.#onReply(decodeReply(kind, body)),
      onMalformed: ({ message }) => this.#lose(message),
      watch: { limitMs, scheduler: this.#scheduler, onSilent },
    });
    this.exited = new Promise((resolve) => {
      this.#child.on('error', (cause) => {
        this.#lose(`it cannot be started: ${cause.message}`);
        if (this.#child.pid === undefined) resolve();
      });
      // After 'exit', and after everything that was still in the pipes.
      this.#child.once('close', (code, signal) => {
        this.#lose(signal ?? `exit code ${code ?? 'unknown'}`);
        resolve();
      });
    });
    this.send({ type: 'open', options: options.receiver });
    this.#memory = this.#guardMemory();
  }

  send(request: ReceiverRequest): void {
    this.#link.send(encodeRequest(request));
  }

  /** Closes the port and every connection. May be called twice. */
  stop(): void {
    if (this.#link.isOver) return;
    this.#end();
    const grace = this.#scheduler.schedule(() => killChild(this.#child), STOP_GRACE_MS);
    this.#child.once('exit', () => grace.unsubscribe());
  }

  #end(): void {
    this.#link.end();
    this.#memory.close();
  }

  #onReply(reply: ReceiverReply): void {
    if (reply.type === 'status') this.#memory.told(reply.residentBytes);
    this.#options.onReply(reply);
  }

  #guardMemory(): MemoryGuard {
    const { memoryLimitMb: limitMb, residentBytesOf: bytesOf = residentBytesOf } = this.#options;
    return new MemoryGuard({
      limitMb,
      residentBytes: () => (this.#isRunning() ? bytesOf(this.#child.pid!) : null),
      scheduler: this.#scheduler,
      onExceeded: (residentMb) => this.#lose(`${residentMb} MB of memory, more than the ${limitMb} allowed`),
    });
  }

  #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  #lose(got: string): void {
    if (this.#link.isOver) return;
    this.#end();
    killChild(this.#child);
    this.#options.onLost(
      new EvokedError('ERR_INGEST_RECEIVER', {
        what: 'The RTMP receiver ended by itself, and is started again',
        got: this.#link.printed.after(got),
      }),
    );
  }
}

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import { processEntry } from '../../core/process-entry.js';
import { WireReader } from '../wire/framing.js';
import {
  decodeReply,
  encodeRequest,
  REPLY_LIMITS,
  type ReceiverOptions,
  type ReceiverReply,
  type ReceiverRequest,
} from './receiver-wire.js';

/** The receiver's process as its parent holds it. */
export type ReceiverChild = ChildProcessByStdio<Writable, Readable, null>;

/** Starts a receiver; injected in tests. */
export type SpawnReceiver = () => ReceiverChild;

/** Heap of the receiver in MB; what it holds of messages is bounded by its own limits. */
const MAX_HEAP_MB = 96;

/** How long the process may take to exit after it was asked to; then it is killed. */
const STOP_GRACE_MS = 1000;

/** Starts the receiver of this installation, with an empty environment but for what Windows needs for sockets. */
export const spawnReceiver: SpawnReceiver = () => {
  const systemRoot = process.env['SystemRoot'];
  return spawn(
    process.execPath,
    [`--max-old-space-size=${MAX_HEAP_MB}`, processEntry('streams/rtmp/receiver-main')],
    {
      env: systemRoot === undefined ? {} : { SystemRoot: systemRoot },
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    },
  );
};

/** What a receiver's process is run with. */
export interface ReceiverRunOptions {
  readonly receiver: ReceiverOptions;
  /** Without any sign of life for this long it is killed. */
  readonly watchdogMs: number;
  readonly scheduler?: SchedulerLike;
  readonly spawn?: SpawnReceiver;
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
  readonly #reader: WireReader;
  #watchdog: Subscription | undefined;
  #isOver = false;

  constructor(options: ReceiverRunOptions) {
    this.#options = options;
    this.#scheduler = options.scheduler ?? asyncScheduler;
    this.#child = (options.spawn ?? spawnReceiver)();
    this.#reader = new WireReader(REPLY_LIMITS, (kind, body) => this.#onReply(decodeReply(kind, body)));
    const { stdin, stdout } = this.#child;
    // The process may be gone while it is written to; that it is gone shows in 'close'.
    stdin.on('error', () => undefined);
    stdout.on('error', () => undefined);
    stdout.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#child.once('error', () => this.#lose('it cannot be started'));
    this.exited = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.once('exit', (code, signal) => this.#lose(signal ?? `exit code ${code ?? 'unknown'}`));
    this.send({ type: 'open', options: options.receiver });
    this.#expectSign();
  }

  send(request: ReceiverRequest): void {
    if (!this.#isOver) this.#child.stdin.write(encodeRequest(request));
  }

  /** Closes the port and every connection. May be called twice. */
  stop(): void {
    if (this.#isOver) return;
    this.#end();
    const grace = this.#scheduler.schedule(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    this.#child.once('exit', () => grace.unsubscribe());
  }

  #end(): void {
    this.#isOver = true;
    this.#watchdog?.unsubscribe();
    this.#child.stdin.end();
    this.#child.stdout.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#expectSign();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#lose(toEvokedError(error).message);
    }
  }

  #onReply(reply: ReceiverReply): void {
    if (!this.#isOver) this.#options.onReply(reply);
  }

  #expectSign(): void {
    const { watchdogMs } = this.#options;
    this.#watchdog?.unsubscribe();
    this.#watchdog = this.#scheduler.schedule(() => this.#lose(`nothing for ${watchdogMs} ms`), watchdogMs);
  }

  #lose(got: string): void {
    if (this.#isOver) return;
    this.#end();
    this.#child.kill('SIGKILL');
    this.#options.onLost(
      new EvokedError('ERR_INGEST_RECEIVER', {
        what: 'The RTMP receiver ended by itself, and is started again',
        got,
      }),
    );
  }
}

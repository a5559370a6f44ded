import type { Readable, Writable } from 'node:stream';
import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { EvokedError, toEvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import { steadyScheduler } from '../../core/steady-scheduler.js';
import type { MediaInput, MediaInputOptions } from '../media-input.js';
import { PUSHED_FD } from '../push/pushed-fd.js';
import { encodeControl, type ControlMessage } from '../wire/control-messages.js';
import { WireReader } from '../wire/framing.js';
import { decodeMedia, MEDIA_LIMITS, type ChildMessage } from '../wire/media-messages.js';
import { isDeviceUrl } from './child-environment.js';
import { spawnDecodeChild, type DecodeChild, type SpawnDecodeChild } from './child-process.js';
import { MemoryGuard } from './memory-guard.js';
import { redactText } from './redact-text.js';
import { residentBytesOf, type ResidentBytesOf } from './resident-memory.js';

/** How long a child may take to exit after it was asked to; then it is killed. */
export const STOP_GRACE_MS = 2000;

/** What native code printed last, kept for the message of a crash. */
const MAX_STDERR_CHARACTERS = 500;

/** What a decode process is made with; time and child are injected in tests. */
export interface DecodeProcessDeps {
  /** What a sender pushes, in the form that `options.push` states. */
  readonly pushed?: Readable;
  /** Runs the watchdog and the grace time. Default: real time. */
  readonly scheduler?: SchedulerLike;
  readonly spawn?: SpawnDecodeChild;
  readonly residentBytesOf?: ResidentBytesOf;
}

/**
 * A connection to a source, decoded in a process of its own. Nothing happens before `media$` is subscribed to.
 *
 * `media$` errors with the source's ERR_SOURCE_*, or ERR_DECODE_CRASHED when the child ends by itself, ERR_DECODE_STALLED
 * when it gives no sign of life for `watchdogMs`, ERR_DECODE_MEMORY when it takes more memory than `memoryLimitMb` (and is
 * killed in both cases), ERR_DECODE_WIRE when it sends what it must not.
 */
export function openDecodeProcess(options: MediaInputOptions, deps: DecodeProcessDeps = {}): MediaInput {
  const wishes: Wishes = { preview: false, paused: false, run: null };
  let isUsed = false;
  return {
    media$: new Observable<MediaEvent>((subscriber) => {
      if (isUsed) {
        subscriber.error(
          new EvokedError('ERR_INTERNAL', { what: 'A decode process takes one subscription' }),
        );
        return;
      }
      isUsed = true;
      wishes.run = new DecodeRun(options, deps, wishes, subscriber);
      return () => wishes.run?.stop();
    }),
    setPreview(on) {
      wishes.preview = on;
      wishes.run?.send({ type: 'preview', on });
    },
    pause() {
      wishes.paused = true;
      wishes.run?.pause();
    },
    resume() {
      wishes.paused = false;
      wishes.run?.resume();
    },
  };
}

interface Wishes {
  preview: boolean;
  paused: boolean;
  run: DecodeRun | null;
}

/** One child, from its start to its exit. */
class DecodeRun {
  readonly #child: DecodeChild;
  readonly #scheduler: SchedulerLike;
  readonly #subscriber: Subscriber<MediaEvent>;
  readonly #watchdogMs: number;
  readonly #memory: MemoryGuard;
  readonly #reader: WireReader;
  #watchdog: Subscription | undefined;
  #grace: Subscription | undefined;
  #lastSignMs: number;
  #isPaused: boolean;
  /** The stream has ended, failed or was unsubscribed: whatever the child still says is not heard. */
  #isOver = false;
  #stderr = '';
  #endPushed: () => void = () => undefined;

  constructor(
    options: MediaInputOptions,
    deps: DecodeProcessDeps,
    wishes: Readonly<Wishes>,
    subscriber: Subscriber<MediaEvent>,
  ) {
    this.#scheduler = deps.scheduler ?? steadyScheduler;
    this.#subscriber = subscriber;
    this.#watchdogMs = options.watchdogMs;
    this.#isPaused = wishes.paused;
    this.#lastSignMs = this.#scheduler.now();
    this.#reader = new WireReader(MEDIA_LIMITS, (kind, body) => this.#onMessage(decodeMedia(kind, body)));
    const needs = { device: isDeviceUrl(options.url), pushed: deps.pushed !== undefined };
    this.#child = (deps.spawn ?? spawnDecodeChild)(needs);
    this.#listen();
    this.send({ type: 'open', options });
    if (deps.pushed !== undefined) this.#pipe(deps.pushed);
    if (wishes.preview) this.send({ type: 'preview', on: true });
    this.#watch(this.#watchdogMs);
    const bytesOf = deps.residentBytesOf ?? residentBytesOf;
    this.#memory = new MemoryGuard({
      limitMb: options.memoryLimitMb,
      residentBytes: () => (this.#isRunning() ? bytesOf(this.#child.pid!) : null),
      scheduler: this.#scheduler,
      onExceeded: (error) => {
        this.#child.kill('SIGKILL');
        this.#fail(error);
      },
    });
  }

  send(message: ControlMessage): void {
    if (!this.#isOver) this.#child.stdin.write(encodeControl(message));
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isOver) this.#child.stdout.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#lastSignMs = this.#scheduler.now();
    if (!this.#isOver) this.#child.stdout.resume();
  }

  /** Asks the child to exit, and kills it when it does not. May be called twice. */
  stop(): void {
    if (this.#isOver) return;
    this.send({ type: 'stop' });
    this.#isOver = true;
    this.#watchdog?.unsubscribe();
    this.#memory.close();
    this.#child.stdin.end();
    this.#endPushed();
    // What is still in the pipe is read and dropped: a full pipe would keep the child from exiting.
    this.#child.stdout.resume();
    if (!this.#isRunning()) return;
    this.#grace = this.#scheduler.schedule(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child;
    // The child may be gone while it is written to; that it is gone shows in 'close'.
    stdin.on('error', () => undefined);
    stdout.on('error', () => undefined);
    stderr.on('error', () => undefined);
    stdout.on('data', (chunk: Buffer) => this.#onData(chunk));
    if (this.#isPaused) stdout.pause();
    stderr.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-MAX_STDERR_CHARACTERS);
    });
    this.#child.once('error', (cause) => {
      this.#fail(
        new EvokedError('ERR_DECODE_CRASHED', { what: 'The decode child cannot be started', cause }),
      );
    });
    this.#child.once('exit', () => this.#grace?.unsubscribe());
    // After 'exit', and after everything that was still in the pipes.
    this.#child.once('close', (code, signal) => this.#onClose(code, signal));
  }

  #pipe(pushed: Readable): void {
    const pipe = this.#child.stdio[PUSHED_FD] as Writable;
    // The child may be gone, too.
    pipe.on('error', () => undefined);
    pushed.pipe(pipe);
    this.#endPushed = () => {
      pushed.unpipe(pipe);
      pipe.destroy();
    };
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#lastSignMs = this.#scheduler.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#fail(toEvokedError(error));
    }
  }

  #onMessage(message: ChildMessage): void {
    if (this.#isOver) return;
    if (message.type === 'heartbeat') {
      this.#memory.told(message.residentBytes);
    } else if (message.type === 'end') {
      this.stop();
      this.#subscriber.complete();
    } else if (message.type === 'error') {
      this.#fail(new EvokedError(message.code, { what: message.message }));
    } else {
      this.#subscriber.next(message);
    }
  }

  #onClose(code: number | null, signal: NodeJS.Signals | null): void {
    const printed = redactText(this.#stderr.trim()).replace(/\s+/g, ' ');
    const got = `${signal ?? `exit code ${code ?? 'unknown'}`}${printed === '' ? '' : ` and "${printed}"`}`;
    this.#fail(new EvokedError('ERR_DECODE_CRASHED', { what: 'The decode child ended by itself', got }));
  }

  #fail(error: EvokedError): void {
    if (this.#isOver) return;
    this.stop();
    this.#subscriber.error(error);
  }

  #watch(inMs: number): void {
    this.#watchdog = this.#scheduler.schedule(() => {
      const silentMs = this.#scheduler.now() - this.#lastSignMs;
      // While nobody reads, a child that is waiting to write is silent rightly.
      if (this.#isPaused || silentMs < this.#watchdogMs) {
        this.#watch(this.#isPaused ? this.#watchdogMs : this.#watchdogMs - silentMs);
        return;
      }
      this.#child.kill('SIGKILL');
      this.#fail(
        new EvokedError('ERR_DECODE_STALLED', {
          what: 'The decode child stopped answering and was killed',
          got: `nothing for ${Math.round(silentMs)} ms`,
          expected: `a sign of life within ${this.#watchdogMs} ms`,
        }),
      );
    }, inMs);
  }

  #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }
}

import type { Readable } from 'node:stream';
import { Observable, type SchedulerLike, type Subscriber, type Subscription } from 'rxjs';
import { EvokedError } from '../../core/errors.js';
import type { MediaEvent } from '../../core/media.js';
import { steadyScheduler } from '../../core/steady-scheduler.js';
import { isDeviceUrl } from '../child/child-environment.js';
import { ChildLink } from '../child/child-link.js';
import { MemoryGuard } from '../child/memory-guard.js';
import { residentBytesOf, type ResidentBytesOf } from '../child/resident-memory.js';
import type { SilenceWatchOptions } from '../child/silence-watch.js';
import { killChild } from '../child/start-child.js';
import type { MediaInput, MediaInputOptions } from '../media-input.js';
import { PUSHED_FD } from '../push/pushed-fd.js';
import { encodeControl, type ControlMessage } from '../wire/control-messages.js';
import { decodeMedia, MEDIA_LIMITS, type ChildMessage } from '../wire/media-messages.js';
import { spawnDecodeChild, type DecodeChild, type SpawnDecodeChild } from './child-process.js';

/** How long a child may take to exit after it was asked to; then it is killed. */
export const STOP_GRACE_MS = 2000;

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
 * `media$` errors with the source's ERR_SOURCE_*, or ERR_DECODE_CRASHED when the child ends by itself or cannot be started,
 * ERR_DECODE_STALLED when it gives no sign of life for `watchdogMs`, ERR_DECODE_MEMORY when it takes more memory than `memoryLimitMb` (and is
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
  readonly #link: ChildLink;
  readonly #scheduler: SchedulerLike;
  readonly #subscriber: Subscriber<MediaEvent>;
  readonly #memory: MemoryGuard;
  #grace: Subscription | undefined;
  #isPaused: boolean;
  #endPushed: () => void = () => undefined;

  constructor(
    options: MediaInputOptions,
    deps: DecodeProcessDeps,
    wishes: Readonly<Wishes>,
    subscriber: Subscriber<MediaEvent>,
  ) {
    this.#scheduler = deps.scheduler ?? steadyScheduler;
    this.#subscriber = subscriber;
    this.#isPaused = wishes.paused;
    const needs = { device: isDeviceUrl(options.url), pushed: deps.pushed !== undefined };
    this.#child = (deps.spawn ?? spawnDecodeChild)(needs);
    this.#link = new ChildLink(this.#child, {
      limits: MEDIA_LIMITS,
      onMessage: (kind, body) => this.#onMessage(decodeMedia(kind, body)),
      onMalformed: (error) => this.#fail(error),
      watch: this.#watchdog(options.watchdogMs),
    });
    this.#listen();
    this.send({ type: 'open', options });
    if (deps.pushed !== undefined) this.#pipe(deps.pushed);
    if (wishes.preview) this.send({ type: 'preview', on: true });
    const bytesOf = deps.residentBytesOf ?? residentBytesOf;
    this.#memory = new MemoryGuard({
      limitMb: options.memoryLimitMb,
      residentBytes: () => (this.#isRunning() ? bytesOf(this.#child.pid!) : null),
      scheduler: this.#scheduler,
      onExceeded: (residentMb) => {
        killChild(this.#child);
        this.#fail(
          new EvokedError('ERR_DECODE_MEMORY', {
            what: 'The decode child took too much memory and was killed',
            got: `${residentMb} MB`,
            expected: `at most ${options.memoryLimitMb} MB`,
          }),
        );
      },
    });
  }

  send(message: ControlMessage): void {
    this.#link.send(encodeControl(message));
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#link.isOver) this.#link.pipes.stdout.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#link.heard();
    if (!this.#link.isOver) this.#link.pipes.stdout.resume();
  }

  /** Asks the child to exit, and kills it when it does not. May be called twice. */
  stop(): void {
    if (this.#link.isOver) return;
    this.send({ type: 'stop' });
    this.#link.end();
    this.#memory.close();
    this.#endPushed();
    if (!this.#isRunning()) return;
    this.#grace = this.#scheduler.schedule(() => killChild(this.#child), STOP_GRACE_MS);
  }

  #listen(): void {
    this.#child.on('error', (cause) => {
      this.#fail(
        new EvokedError('ERR_DECODE_CRASHED', { what: 'The decode child cannot be started', cause }),
      );
    });
    if (this.#isPaused) this.#link.pipes.stdout.pause();
    this.#child.once('exit', () => this.#grace?.unsubscribe());
    // After 'exit', and after everything that was still in the pipes.
    this.#child.once('close', (code, signal) => this.#onClose(code, signal));
  }

  #pipe(pushed: Readable): void {
    const pipe = this.#link.pipes.more(PUSHED_FD);
    pushed.pipe(pipe);
    this.#endPushed = () => {
      pushed.unpipe(pipe);
      pipe.destroy();
    };
  }

  #onMessage(message: ChildMessage): void {
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
    const got = this.#link.printed.after(signal ?? `exit code ${code ?? 'unknown'}`);
    this.#fail(new EvokedError('ERR_DECODE_CRASHED', { what: 'The decode child ended by itself', got }));
  }

  #fail(error: EvokedError): void {
    if (this.#link.isOver) return;
    this.stop();
    this.#subscriber.error(error);
  }

  #watchdog(limitMs: number): SilenceWatchOptions {
    return {
      limitMs,
      scheduler: this.#scheduler,
      // While nobody reads, a child that is waiting to write is silent rightly.
      isExcused: () => this.#isPaused,
      onSilent: (silentMs) => {
        killChild(this.#child);
        this.#fail(
          new EvokedError('ERR_DECODE_STALLED', {
            what: 'The decode child stopped answering and was killed',
            got: `nothing for ${Math.round(silentMs)} ms`,
            expected: `a sign of life within ${limitMs} ms`,
          }),
        );
      },
    };
  }

  #isRunning(): boolean {
    const { pid, exitCode, signalCode } = this.#child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }
}

import { toEvokedError, type EvokedError } from '../../core/errors.js';
import { WireReader, type OnWireMessage, type WireLimits } from '../wire/framing.js';
import { pipesOf, type ChildPipes } from './child-pipes.js';
import { PrintedTail } from './printed-tail.js';
import { SilenceWatch, type SilenceWatchOptions } from './silence-watch.js';
import type { PipedChild } from './start-child.js';

/** Who hears a child, and how long it may say nothing. */
export interface ChildLinkOptions {
  readonly limits: WireLimits;
  /** What it throws counts as the child's fault. */
  readonly onMessage: OnWireMessage;
  /** The child sent what it must not. Nothing can be read after that. */
  readonly onMalformed: (error: EvokedError) => void;
  readonly watch: SilenceWatchOptions;
}

/** What is said to a child and heard from it, until its owner ends the link: nothing is sent, heard or watched any more then. */
export class ChildLink {
  readonly pipes: ChildPipes;
  readonly printed: PrintedTail;
  readonly #options: ChildLinkOptions;
  readonly #reader: WireReader;
  readonly #watch: SilenceWatch;
  #isOver = false;

  constructor(child: PipedChild, options: ChildLinkOptions) {
    this.#options = options;
    this.pipes = pipesOf(child);
    this.printed = new PrintedTail(this.pipes.stderr);
    this.#reader = new WireReader(options.limits, (kind, body) => {
      if (!this.#isOver) options.onMessage(kind, body);
    });
    this.#watch = new SilenceWatch(options.watch);
    this.pipes.stdout.on('data', (chunk: Buffer) => this.#onData(chunk));
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  send(message: Uint8Array): void {
    if (!this.#isOver) this.pipes.stdin.write(message);
  }

  /** Counts as a sign of life. */
  heard(): void {
    this.#watch.heard();
  }

  /** May be called twice. */
  end(): void {
    this.#isOver = true;
    this.#watch.close();
    this.pipes.stdin.end();
    // What is still in the pipe is read and dropped: a full pipe would keep the child from exiting.
    this.pipes.stdout.resume();
  }

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#watch.heard();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#options.onMalformed(toEvokedError(error));
    }
  }
}

import { fork, type ChildProcess } from 'node:child_process';
import { EvokedError } from '../../../core/errors.js';
import type { Segment } from '../../../core/media.js';
import { processEntry } from '../../../core/process-entry.js';
import type { SecondReply, SecondRequest, TowerScores } from './second-messages.js';

interface Waiting {
  resolve(reply: SecondReply): void;
  reject(error: EvokedError): void;
}

/** A process of its own that goes on with a stream from its saved state. One call at a time. */
export class SecondProcess {
  readonly #child: ChildProcess;
  #waiting: Waiting | undefined;

  private constructor() {
    const entry = processEntry('server/offline/verify/second-main');
    const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
    // Frames and samples cross as bytes, not as JSON.
    this.#child = fork(entry, { execArgv: [], serialization: 'advanced', stdio: [...stdio] });
    this.#child.on('message', (reply) => {
      this.#waiting?.resolve(reply as SecondReply);
      this.#waiting = undefined;
    });
    this.#child.on('error', (cause) => this.#end('cannot be started', cause));
    this.#child.once('exit', (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}`));
  }

  /**
   * Starts the process and gives it the pack and the state.
   * @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_STATE, ERR_MODEL_PACK
   */
  static async open(packFolder: string, state: Uint8Array): Promise<SecondProcess> {
    const second = new SecondProcess();
    try {
      await second.#ask({ type: 'open', packFolder, state });
    } catch (error) {
      second.close();
      throw error;
    }
    return second;
  }

  /** @throws {EvokedError} ERR_MODEL_WORKER, ERR_MODEL_INPUT */
  async score(segment: Segment): Promise<TowerScores> {
    const reply = await this.#ask({ type: 'segment', segment: { ...segment, previewJpeg: null } });
    return reply.type === 'scores' ? reply.scores : { visual: null, audio: null };
  }

  /** Ends the process; it has nothing to lose. May be called twice. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  async #ask(request: SecondRequest): Promise<SecondReply> {
    const reply = await new Promise<SecondReply>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#child.connected) this.#child.send(request);
      else this.#end('is not running');
    });
    if (reply.type === 'failed') throw new EvokedError(reply.code, { what: reply.message });
    return reply;
  }

  #end(how: string, cause?: unknown): void {
    this.#waiting?.reject(new EvokedError('ERR_MODEL_WORKER', { what: `the second process ${how}`, cause }));
    this.#waiting = undefined;
  }
}

import { spawn, type ChildProcessByStdio, type SpawnOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { processEntry } from '../../core/process-entry.js';

/**
 * A child as its parent holds it: requests on stdin, replies on stdout, what native code prints on stderr. Where `pid` is
 * undefined it was not started: it may lack its pipes (see `pipesOf`), must not be killed, and tells by 'error', later.
 */
export type PipedChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** How a child is started. */
export interface ChildStart {
  /** Path of its module below src/, without extension. */
  readonly entry: string;
  readonly args?: readonly string[];
  readonly maxHeapMb: number;
  /** All that it sees of the environment. */
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  /** Pipes beside stdin, stdout and stderr. Default: 0. */
  readonly numMorePipes?: number;
}

const running = new Set<PipedChild>();

/** Starts a child of this installation. Never throws. It is killed, at the latest, when this process exits. */
export function startChild(start: ChildStart): PipedChild {
  const { entry, args = [], maxHeapMb, environment, numMorePipes = 0 } = start;
  const stdio = Array<'pipe'>(3 + numMorePipes).fill('pipe');
  const child = trySpawn([`--max-old-space-size=${maxHeapMb}`, processEntry(entry), ...args], {
    env: environment,
    stdio,
    windowsHide: true,
  });
  // Its owner listens, too; without any listener it would end this process.
  child.on('error', () => undefined);
  if (child.pid !== undefined) killAtExit(child);
  return child;
}

/** Ends a child at once. One that was not started has no process, and the system would take 0 for this whole group. */
export function killChild(child: PipedChild): void {
  if (child.pid !== undefined) child.kill('SIGKILL');
}

function trySpawn(args: readonly string[], options: SpawnOptions): PipedChild {
  try {
    return spawn(process.execPath, args, options) as PipedChild;
  } catch (cause) {
    return unstarted(cause);
  }
}

/** Of some failures, as of memory, Node.js tells by throwing; of others by such a child. */
function unstarted(cause: unknown): PipedChild {
  const state = { pid: undefined, exitCode: null, signalCode: null, kill: () => false };
  const child = Object.assign(new EventEmitter(), state);
  process.nextTick(() => child.emit('error', cause));
  return child as unknown as PipedChild;
}

function killAtExit(child: PipedChild): void {
  if (running.size === 0) process.on('exit', killRunning);
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killRunning);
  });
}

function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

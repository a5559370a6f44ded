import { spawn, type ChildProcessByStdio, type SpawnOptions, type StdioPipe } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { processEntry } from '../../core/process-entry.js';
import { childEnvironment } from './child-environment.js';

/**
 * A decode child as its parent holds it: control on stdin, media on stdout, what native code prints on stderr, and pushed bytes
 * on a pipe of their own.
 */
export type DecodeChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** What a decode child is to do, as far as its start goes. */
export interface DecodeChildNeeds {
  /** It opens a capture device, whose library looks around for the user's session. */
  readonly device: boolean;
  /** It decodes what a sender pushes: it has a pipe for that, `PUSHED_FD`. */
  readonly pushed: boolean;
}

/** Starts a decode child; injected in tests. */
export type SpawnDecodeChild = (needs?: DecodeChildNeeds) => DecodeChild;

/** Enough for pictures to come and go; what decoders allocate is not part of it. */
const MAX_HEAP_MB = 128;

const running = new Set<DecodeChild>();

/** Starts a decode child of this installation. It is killed, at the latest, when this process exits. */
export const spawnDecodeChild: SpawnDecodeChild = ({ device, pushed } = { device: false, pushed: false }) => {
  const pipe: StdioPipe = 'pipe';
  const stdio = pushed ? [pipe, pipe, pipe, pipe] : [pipe, pipe, pipe];
  const options: SpawnOptions = { env: childEnvironment(device), stdio, windowsHide: true };
  const entry = processEntry('streams/decode/child-main');
  // How many descriptors it is meant to have.
  const args = [`--max-old-space-size=${MAX_HEAP_MB}`, entry, String(stdio.length)];
  const child = spawn(process.execPath, args, options) as DecodeChild;
  if (running.size === 0) process.on('exit', killRunning);
  running.add(child);
  child.once('exit', () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', killRunning);
  });
  return child;
};

function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

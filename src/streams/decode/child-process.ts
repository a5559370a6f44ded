import {
  spawn,
  type ChildProcessByStdio,
  type SpawnOptionsWithStdioTuple,
  type StdioPipe,
} from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { processEntry } from '../../core/process-entry.js';

/** A decode child as its parent holds it: control on stdin, media on stdout, what native code prints on stderr. */
export type DecodeChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts a decode child; injected in tests. */
export type SpawnDecodeChild = () => DecodeChild;

/**
 * All that a decode child sees of the environment: what the system loader, TLS, proxies, the screen and the sound
 * server need. Nothing of the server's own settings, which may hold its token.
 */
const PASSED_ON = [
  ...['LD_LIBRARY_PATH', 'SystemRoot', 'TEMP', 'TMPDIR', 'HOME'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'http_proxy', 'no_proxy'],
  ...['DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR'],
] as const;

const running = new Set<DecodeChild>();

/** Starts a decode child of this installation. It is killed, at the latest, when this process exits. */
export const spawnDecodeChild: SpawnDecodeChild = () => {
  const env: NodeJS.ProcessEnv = {};
  for (const name of PASSED_ON) if (process.env[name] !== undefined) env[name] = process.env[name];
  const options: SpawnOptionsWithStdioTuple<StdioPipe, StdioPipe, StdioPipe> = {
    env,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  };
  const child = spawn(process.execPath, [processEntry('streams/decode/child-main')], options);
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

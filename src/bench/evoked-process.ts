import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { processEntry } from '../core/process-entry.js';

/** A started `evoked` server. */
export interface EvokedProcess {
  readonly pid: number;
  /** Base address, for example http://127.0.0.1:40123. */
  readonly baseUrl: string;
  /** Asks it to end and waits. */
  stop(): Promise<void>;
}

/**
 * Starts `evoked` as a person would, and waits for the line that tells its address.
 * @param args command and flags, for example ['serve', '--port', '0']
 * @param environment what it finds there beside this process's own
 */
export async function startEvoked(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<EvokedProcess> {
  const child = spawn(process.execPath, [processEntry('cli/main'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  // Rejects where it cannot be started; then it has no pipes either.
  await once(child, 'spawn');
  const baseUrl = await readAddress(child);
  return {
    pid: child.pid ?? 0,
    baseUrl,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function readAddress(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new TypeError('stdout is not piped');
  for await (const line of createInterface(child.stdout)) {
    const address = /https?:\/\/[^\s/]+/.exec(line)?.[0];
    if (address !== undefined) {
      child.stdout.resume();
      return address;
    }
  }
  throw new Error('the server ended before it listened');
}

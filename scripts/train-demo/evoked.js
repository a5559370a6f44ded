// Runs `evoked` as a user does.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { residentMegabytes } from '../../dist/bench/resident-memory.js';

export const ROOT = join(import.meta.dirname, '..', '..');

const MAIN = join(ROOT, 'dist', 'cli', 'main.js');
const MEMORY_PERIOD_MS = 1000;

let peak = 0;
setInterval(() => (peak = Math.max(peak, residentMegabytes(process.pid))), MEMORY_PERIOD_MS).unref();

/** Most resident memory of this process and all below it so far, in MB. */
export const peakMegabytes = () => peak;

/**
 * One command; rejects where it fails.
 * @param title put before each of its lines, for commands that run side by side; without, it has the terminal to itself
 */
export function evoked(args, title, env = {}) {
  return run(args, title === undefined ? 'inherit' : 'pipe', env, (line) =>
    console.log(`${title} · ${line}`),
  );
}

/** What a command prints with --json. */
export async function evokedJson(args) {
  const lines = [];
  await run([...args, '--json'], ['ignore', 'pipe', 'inherit'], {}, (line) => lines.push(line));
  return JSON.parse(lines.join('\n'));
}

async function run(args, stdio, env, onLine) {
  const child = spawn(process.execPath, [MAIN, ...args.map(String)], {
    stdio,
    env: { ...process.env, ...env },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  if (code !== 0) throw new Error(`evoked ${args.join(' ')} ended with ${code}`);
}

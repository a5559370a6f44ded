/**
 * Feeds every parser of files from outside at least a million mutated inputs in all, each parser in a process of its own:
 * `npm run fuzz`, or `node test/fuzz/run-fuzz.js [--target NAME] [--seed N] [--inputs N] [--first N]`.
 * An input that broke a rule is repeated by `--target NAME --seed N --first INDEX --inputs 1`.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const MAX_GROWTH_BYTES = 256 * 2 ** 20;
/** A thousand inputs at a second each would take longer, but a single one that hangs is found long before. */
const SILENCE_MS = 60_000;

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    inputs: { type: 'string' },
    first: { type: 'string', default: '0' },
    child: { type: 'boolean', default: false },
  },
});

const { module } = await runnerImport(fileURLToPath(new URL('targets.ts', import.meta.url)));
const { FUZZ_TARGETS, runFuzz } = module;
const chosen = FUZZ_TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (chosen.length === 0)
  throw new Error(`no such target; expected ${FUZZ_TARGETS.map(({ name }) => name).join(', ')}`);

if (values.child) await runHere(chosen[0]);
else await runAll();

async function runHere(target) {
  const numbers = { seed: Number(values.seed), first: Number(values.first) };
  const limit = values.inputs === undefined ? {} : { numInputs: Number(values.inputs) };
  // What the process takes before the first mutated input, warmed up, is not the parsers'.
  await runFuzz(target, { ...numbers, numInputs: 100 });
  const baseBytes = peakBytes();
  const startMs = performance.now();
  const report = await runFuzz(target, {
    ...numbers,
    ...limit,
    onProgress: (numDone) => process.send({ numDone }),
  });
  const seconds = (performance.now() - startMs) / 1000;
  process.send({ report, seconds, growthBytes: peakBytes() - baseBytes });
  process.disconnect();
}

/** Of this process alone: on Linux resourceUsage() counts that of the parent, too. */
function peakBytes() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
}

async function runAll() {
  const waiting = [...chosen];
  const results = [];
  const startMs = performance.now();
  const work = async () => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      const result = await runChild(target.name);
      results.push(result);
      console.log(line(result));
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), waiting.length) }, work));
  const total = results.reduce((sum, { report }) => sum + report.numInputs, 0);
  console.log(
    `${total} inputs in ${((performance.now() - startMs) / 1000).toFixed(0)} s, seed ${values.seed}: coded errors only`,
  );
}

function runChild(name) {
  const passed = ['--seed', values.seed, '--first', values.first];
  if (values.inputs !== undefined) passed.push('--inputs', values.inputs);
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), '--child', '--target', name, ...passed],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    },
  );
  return new Promise((resolve, reject) => {
    let result;
    let numDone = 0;
    const onSilence = () => {
      child.kill('SIGKILL');
      reject(new Error(`${name}: an input after number ${numDone} takes longer than ${SILENCE_MS} ms`));
    };
    let watchdog = setTimeout(onSilence, SILENCE_MS);
    child.on('message', (message) => {
      clearTimeout(watchdog);
      watchdog = setTimeout(onSilence, SILENCE_MS);
      if (message.report === undefined) numDone = message.numDone;
      else result = message;
    });
    child.on('exit', (code) => {
      clearTimeout(watchdog);
      if (code !== 0 || result === undefined) reject(new Error(`${name}: ended with code ${code}`));
      else if (result.growthBytes > MAX_GROWTH_BYTES) {
        reject(new Error(`${name}: memory grew by ${(result.growthBytes / 2 ** 20).toFixed(0)} MB`));
      } else resolve(result);
    });
  });
}

function line({ report, seconds, growthBytes }) {
  const refused = Object.entries(report.numRefused).map(([code, count]) => `${count} ${code}`);
  return [
    report.target.padEnd(12),
    `${report.numInputs} inputs`,
    `${Math.round(report.numInputs / seconds)}/s`,
    `${report.numAccepted} accepted`,
    ...refused,
    `slowest ${report.slowestMs.toFixed(1)} ms`,
    `memory +${(growthBytes / 2 ** 20).toFixed(0)} MB`,
  ].join(' · ');
}

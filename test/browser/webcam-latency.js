/**
 * How long it takes from a browser's camera to the score in its page, after `npm run build`:
 * `node test/browser/webcam-latency.js [--seconds 60]`
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const load = async (path) => (await runnerImport(fileURLToPath(new URL(path, import.meta.url)))).module;
const { measureWebcamLatency, describeLatency } = await load('webcam-latency.ts');
const { machineLine } = await load('../../src/bench/machine-line.ts');

console.log(machineLine());
console.log(describeLatency(await measureWebcamLatency(Number(values.seconds))));

import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEntry } from '../../../src/core/process-entry.js';
import { towerConvs, uniformTowerSpec } from '../../../src/model/tower/spec.js';
import {
  type CheckpointOptions,
  type StoredTensor,
  storedTensor,
  writeCheckpoint,
} from '../../fixtures/checkpoint-writer.js';

const MAX_LOAD_MS = 3000;
const MAX_FILE_SIZES = 4;

interface Measured {
  readonly loadMs: number;
  readonly peakBytes: number;
  readonly numTensors: number;
}

/** Peak of the whole process: loads a file in a fresh one and, for an import, writes its tensors as safetensors. */
const MEASURE = `
import { readFileSync } from 'node:fs';
const [file, out, reader, writer] = process.argv.slice(1);
const { readWeightFile } = await import(reader);
const { writeSafetensors } = await import(writer);
const start = performance.now();
const { tensors } = await readWeightFile(file);
const loadMs = performance.now() - start;
await writeSafetensors(out, new Map([...tensors].filter(([name]) => !name.includes('.net.'))));
// resourceUsage().maxRSS would be that of the process which started this one.
const peakBytes = Number(/VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024;
console.log(JSON.stringify({ loadMs, peakBytes, numTensors: tensors.size }));
`;

async function measure(file: string): Promise<Measured> {
  const [reader, writer] = ['model/checkpoint/weight-file', 'model/weights/safetensors-writer'].map(
    (name) => pathToFileURL(processEntry(name)).href,
  ) as [string, string];
  const args = ['--input-type=module', '-e', MEASURE, file, `${file}.safetensors`, reader, writer];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Measured;
}

/** A paper-size audio tower as a checkpoint holds it, with repeated names; transposed tensors have to be copied. */
function paperTensors(isTransposed: boolean): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const spec = uniformTowerSpec({ numInputs: 2049 });
  const random = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i) / 50);
  for (const [index, { inChannels, outChannels, kernelSize }] of towerConvs(spec).entries()) {
    const shape = [outChannels, inChannels, kernelSize];
    const dense = storedTensor('FloatStorage', shape, random(outChannels * inChannels * kernelSize));
    const base = `temporal_audio.${Math.floor(index / 8)}.network.${Math.floor(index / 2) % 4}`;
    const weight = isTransposed ? { ...dense, strides: [1, outChannels * kernelSize, outChannels] } : dense;
    const conv = (index % 2) + 1;
    tensors.set(`${base}.conv${conv}.weight`, weight);
    tensors.set(`${base}.conv${conv}.bias`, storedTensor('FloatStorage', [outChannels], random(outChannels)));
    if (!isTransposed) tensors.set(`${base}.net.${4 * (conv - 1)}.weight`, weight);
  }
  return tensors;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-paper-'));
});
afterAll(() => rm(folder, { recursive: true }));

// Peak memory is read from where Linux keeps it.
describe.runIf(process.platform === 'linux')('a checkpoint of the paper’s size', () => {
  it.each<CheckpointOptions & { readonly isTransposed: boolean }>([
    { format: 'zip', isTransposed: false },
    { format: 'legacy', isTransposed: false },
    { format: 'zip', isTransposed: true },
  ])('is loaded and imported soon and in little memory: %o', async ({ isTransposed, ...options }) => {
    const file = join(folder, 'paper.ckpt');
    await writeFile(file, writeCheckpoint(paperTensors(isTransposed), options));
    const { size } = await stat(file);
    expect(size).toBeGreaterThan(55e6);
    const { loadMs, peakBytes, numTensors } = await measure(file);
    expect(numTensors).toBe(isTransposed ? 32 : 48);
    expect(loadMs).toBeLessThan(MAX_LOAD_MS);
    expect(peakBytes).toBeLessThan(MAX_FILE_SIZES * size);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import { readSafetensors } from '../../src/model/weights/safetensors.js';
import { float32Tensor, requireFloats, type Tensor } from '../../src/model/weights/tensor.js';
import { runEvoked } from '../fixtures/run-evoked.js';
import { goldenTower, relativeDifference, type GoldenTower } from '../model/tower/golden-tower.js';

const TOLERANCE = 2e-4;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-temporal-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The golden rows as a feature file: without their timestamps, which go into `seconds`. */
async function writeFeatures(
  path: string,
  modality: string,
  { config, x, numSteps }: GoldenTower,
): Promise<void> {
  const numInputs = x.length / numSteps;
  const rows = new Float32Array(numSteps * config.width);
  const seconds = new Float64Array(numSteps);
  for (let step = 0; step < numSteps; step++) {
    const row = x.subarray(step * numInputs, (step + 1) * numInputs);
    rows.set(row.subarray(0, config.width), step * config.width);
    seconds[step] = config.position ? (row[config.width] ?? NaN) : step / 6;
  }
  const tensors = new Map<string, Tensor>([
    [modality, float32Tensor([numSteps, config.width], rows)],
    ['seconds', { dtype: 'F64', shape: [numSteps], data: seconds }],
  ]);
  await writeSafetensors(path, tensors);
}

describe('evoked temporal', () => {
  it.each([
    ['visual', 'visual'],
    ['audio', 'audio'],
    ['audio-weightnorm', 'audio'],
    ['audio-noposition', 'audio'],
    ['small', 'audio'],
  ])('gives the authors’ scores of tower tcn-%s, step by step and at once', async (name, modality) => {
    const golden = goldenTower(name);
    const [head, features, out] = ['head', 'features', 'scores'].map((file) =>
      join(folder, `${name}-${file}.safetensors`),
    ) as [string, string, string];
    await writeSafetensors(head, golden.tensors);
    await writeFeatures(features, modality, golden);
    for (const mode of ['streaming', 'offline']) {
      const files = ['--head', head, '--features', features, '--out', out];
      const run = await runEvoked('temporal', ...files, '--modality', modality, '--mode', mode, '--raw');
      expect(run.code, run.stderr).toBe(0);
      const { tensors } = await readSafetensors(out);
      const scores = requireFloats(tensors, 'scores', [golden.numSteps, 15]);
      expect(relativeDifference(scores, golden.scores)).toBeLessThan(TOLERANCE);
    }
  });
});

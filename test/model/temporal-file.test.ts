import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scoreFeatureFile } from '../../src/model/temporal-file.js';
import { readSafetensors } from '../../src/model/weights/safetensors.js';
import { writeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import { float32Tensor, type Tensor, type TensorMap } from '../../src/model/weights/tensor.js';
import { goldenTower, relativeDifference } from './tower/golden-tower.js';

const golden = goldenTower('small');
const { width } = golden.config;
let folder: string;
let head: string;
let features: string;

function featureTensors(): Map<string, Tensor> {
  const { numSteps, x } = golden;
  const rows = new Float32Array(numSteps * width);
  const seconds = new Float64Array(numSteps);
  for (let row = 0; row < numSteps; row++) {
    rows.set(x.subarray(row * (width + 1), row * (width + 1) + width), row * width);
    seconds[row] = x[row * (width + 1) + width]!;
  }
  return new Map<string, Tensor>([
    ['audio', float32Tensor([numSteps, width], rows)],
    ['seconds', { dtype: 'F64', shape: [numSteps], data: seconds }],
  ]);
}

async function write(name: string, tensors: TensorMap, metadata?: Map<string, string>): Promise<string> {
  const path = join(folder, name);
  await writeSafetensors(path, tensors, metadata);
  return path;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-temporal-'));
  head = await write('head.safetensors', golden.tensors);
  features = await write('features.safetensors', featureTensors());
});
afterAll(() => rm(folder, { recursive: true }));

const audio = { modality: 'audio', mode: 'streaming', raw: false } as const;

async function scoresOf(path: string): Promise<Float32Array> {
  const { tensors } = await readSafetensors(path);
  expect(tensors.get('scores')!.shape).toEqual([golden.numSteps, 15]);
  expect(tensors.get('seconds')).toMatchObject({ dtype: 'F64', shape: [golden.numSteps] });
  return tensors.get('scores')!.data as Float32Array;
}

describe('scoreFeatureFile', () => {
  it.each(['streaming', 'offline'] as const)('gives the authors’ raw scores, %s', async (mode) => {
    const out = join(folder, `${mode}.safetensors`);
    const rows: number[] = [];
    const onProgress = (done: number) => rows.push(done);
    const result = await scoreFeatureFile({ ...audio, head, features, mode, raw: true, out, onProgress });
    expect(result).toEqual({ numRows: golden.numSteps, numLabels: 15, scale: 1 });
    expect(relativeDifference(await scoresOf(out), golden.scores)).toBeLessThan(2e-4);
    expect(rows.at(-1)).toBe(golden.numSteps);
  });

  it('divides by the scale that the weights state, else by the one that is given', async () => {
    const out = join(folder, 'scaled.safetensors');
    const stated = await write('stated.safetensors', golden.tensors, new Map([['scale', '10']]));
    for (const [weights, scale] of [
      [stated, 10],
      [head, 4],
    ] as const) {
      const result = await scoreFeatureFile({ ...audio, head: weights, features, scale: 4, out });
      expect(result.scale).toBe(scale);
      const expected = golden.scores.map((value) => value / scale);
      expect(relativeDifference(await scoresOf(out), expected)).toBeLessThan(2e-4);
    }
  });

  it('refuses files that are no features, and weights that do not fit', async () => {
    const out = join(folder, 'never.safetensors');
    const format = { code: 'ERR_FILE_FORMAT' };
    const run = (changes: object) => scoreFeatureFile({ ...audio, head, features, out, ...changes });
    await expect(run({ head: import.meta.filename })).rejects.toMatchObject({
      ...format,
      message: expect.stringContaining('safetensors, or a PyTorch checkpoint') as string,
    });
    await expect(run({ modality: 'visual' })).rejects.toMatchObject(format);
    await expect(run({ features: join(folder, 'nowhere.safetensors') })).rejects.toMatchObject(format);
    const untimed = featureTensors();
    untimed.delete('seconds');
    await expect(run({ features: await write('untimed.safetensors', untimed) })).rejects.toMatchObject(
      format,
    );
    const backwards = featureTensors();
    const seconds = (backwards.get('seconds')!.data as Float64Array<ArrayBuffer>).toReversed();
    backwards.set('seconds', { dtype: 'F64', shape: [golden.numSteps], data: seconds });
    const path = await write('backwards.safetensors', backwards);
    await expect(run({ features: path })).rejects.toMatchObject(format);
    const wide = featureTensors();
    wide.set('audio', float32Tensor([golden.numSteps, 3], new Float32Array(golden.numSteps * 3)));
    await expect(run({ features: await write('wide.safetensors', wide) })).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
    });
  });
});

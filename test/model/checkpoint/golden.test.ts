import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWeightFile } from '../../../src/model/checkpoint/weight-file.js';
import { scoreFeatureFile } from '../../../src/model/temporal-file.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { readSafetensors } from '../../../src/model/weights/safetensors.js';
import { writeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { float32Tensor, type Tensor } from '../../../src/model/weights/tensor.js';
import { relativeDifference } from '../tower/golden-tower.js';
import { type GoldenArray, goldenFloats, readGolden } from '../weights/golden-array.js';

const NUM_STEPS = 150;
const WIDTH = 24;
const TOLERANCE = 2e-4;

const CHECKPOINTS = [
  { name: 'lightning-small', scores: 'lightning-small', format: 'pytorch-zip' },
  { name: 'lightning-small-legacy', scores: 'lightning-small', format: 'pytorch-legacy' },
  { name: 'lightning-small-weightnorm', scores: 'lightning-small-weightnorm', format: 'pytorch-zip' },
  {
    name: 'lightning-small-weightnorm-legacy',
    scores: 'lightning-small-weightnorm',
    format: 'pytorch-legacy',
  },
] as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-golden-'));
});
afterAll(() => rm(folder, { recursive: true }));

const checkpointPath = (name: string) =>
  fileURLToPath(new URL(`../../fixtures/golden/${name}.ckpt`, import.meta.url));
const authorsScores = (name: string) => goldenFloats(readGolden<{ scores: GoldenArray }>(name).scores);

async function writeFeatures(): Promise<string> {
  const path = join(folder, 'features.safetensors');
  const rows = seededFloats('public', 'ckpt/input', NUM_STEPS * WIDTH, 0.5);
  const seconds = Float64Array.from({ length: NUM_STEPS }, (_, step) => step / 6);
  const tensors = new Map<string, Tensor>([
    ['audio', float32Tensor([NUM_STEPS, WIDTH], rows)],
    ['seconds', { dtype: 'F64', shape: [NUM_STEPS], data: seconds }],
  ]);
  await writeSafetensors(path, tensors);
  return path;
}

async function scoresOf(head: string, mode: 'streaming' | 'offline', raw: boolean) {
  const out = join(folder, 'scores.safetensors');
  const features = await writeFeatures();
  const { scale } = await scoreFeatureFile({ head, features, modality: 'audio', mode, raw, out });
  const scores = (await readSafetensors(out)).tensors.get('scores')!;
  expect(scores.shape).toEqual([NUM_STEPS, 15]);
  return { scale, scores: scores.data as Float32Array };
}

describe.each(CHECKPOINTS)('checkpoint $name of the reference files', ({ name, scores, format }) => {
  const golden = authorsScores(scores);

  it.each(['streaming', 'offline'] as const)('gives the authors’ raw scores, %s', async (mode) => {
    const result = await scoresOf(checkpointPath(name), mode, true);
    expect(relativeDifference(result.scores, golden)).toBeLessThan(TOLERANCE);
  });

  it('divides by 10 where the scale is not left in: its names are those of the later code', async () => {
    const result = await scoresOf(checkpointPath(name), 'offline', false);
    expect(result.scale).toBe(10);
    const divided = golden.map((score) => score / 10);
    expect(relativeDifference(result.scores, divided)).toBeLessThan(TOLERANCE);
  });

  it('is read by its content, with what Lightning wrote beside the weights', async () => {
    const file = await readWeightFile(checkpointPath(name));
    expect(file.format).toBe(format);
    expect(file.metadata.get('pytorch-lightning_version')).toBe('1.2.6');
    expect(file.metadata.get('epoch')).toBe('20');
  });

  it('gives the same scores from a safetensors file of the same names', async () => {
    const { tensors } = await readWeightFile(checkpointPath(name));
    const copy = join(folder, `${name}.safetensors`);
    await writeSafetensors(copy, tensors);
    const result = await scoresOf(copy, 'offline', true);
    expect(relativeDifference(result.scores, golden)).toBeLessThan(TOLERANCE);
  });
});

it('keeps names that share a storage on the same memory', async () => {
  const { tensors } = await readWeightFile(checkpointPath('lightning-small'));
  const conv = tensors.get('temporal_audio.0.network.0.conv1.weight')!.data;
  const repeated = tensors.get('temporal_audio.0.network.0.net.0.weight')!.data;
  expect(repeated.buffer).toBe(conv.buffer);
});

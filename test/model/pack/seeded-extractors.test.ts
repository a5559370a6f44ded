import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRAME_BYTES } from '../../../src/core/time-grid.js';
import type { Modality } from '../../../src/core/media.js';
import { processEntry } from '../../../src/core/process-entry.js';
import { measureStatistics } from '../../../src/model/measure-statistics.js';
import { extractorDigest } from '../../../src/model/pack/extractor-digest.js';
import { loadPack, packInfo } from '../../../src/model/pack/load-pack.js';
import { loadPackExtractor } from '../../../src/model/pack/pack-weights.js';
import { verifyPack } from '../../../src/model/pack/verify-pack.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { encodeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { seededFloats, seededUniform } from '../../../src/model/weights/seeded.js';
import {
  float32Tensor,
  requireFloats,
  tensorFloats,
  type TensorMap,
} from '../../../src/model/weights/tensor.js';
import { recipeTower } from '../tower/golden-tower.js';
import { sha256, testManifest } from './test-manifest.js';

const SEED = 'test';
const NUM_SEGMENTS = 12;

let home: string;
let visual: TensorMap;
let audio: TensorMap;

/** Pictures of a few grey blocks, a new one each. */
function frame(index: number): Uint8Array {
  const uniform = seededUniform(SEED, `frame-${index}`);
  const levels = Array.from({ length: 8 }, () => Math.round(127 * (uniform() + 1)));
  return Uint8Array.from({ length: FRAME_BYTES }, (_, i) => levels[Math.floor(i / (FRAME_BYTES / 8))]!);
}

function waveform(index: number): Float32Array {
  return seededFloats(SEED, `waveform-${index}`, 2667, 0.05 + 0.07 * index);
}

const frames = Array.from({ length: NUM_SEGMENTS }, (_, i) => frame(i));
const waveforms = Array.from({ length: NUM_SEGMENTS }, (_, i) => waveform(i));

/** Writes a pack whose extractors come from a seed with statistics, and whose towers are files. */
async function writePack(
  name: string,
  { visualStatistics = visual, change = {} }: { visualStatistics?: TensorMap; change?: object } = {},
): Promise<string> {
  const folder = join(home, name);
  await mkdir(folder);
  const put = async (file: string, tensors: TensorMap): Promise<{ file: string; sha256: string }> => {
    const bytes = encodeSafetensors(tensors);
    await writeFile(join(folder, file), bytes);
    return { file, sha256: sha256(bytes) };
  };
  const spec = { numChannels: 4, numLevels: 1, numHidden: 3 };
  const manifest = testManifest();
  const tower = async (modality: Modality, numInputs: number): Promise<object> => {
    const { scale, position } = manifest.visual.tower;
    const tensors = recipeTower(modality, uniformTowerSpec({ ...spec, numInputs }));
    return { ...(await put(`${modality}-tower.safetensors`, tensors)), scale, position };
  };
  const statistics = {
    visual: await put('visual.safetensors', visualStatistics),
    audio: await put('audio.safetensors', audio),
  };
  await writeFile(
    join(folder, 'pack.json'),
    JSON.stringify({
      ...manifest,
      trained: true,
      visual: {
        extractor: { ...manifest.visual.extractor, statistics: statistics.visual },
        tower: await tower('visual', 1281),
      },
      audio: {
        extractor: { ...manifest.audio.extractor, statistics: statistics.audio },
        tower: await tower('audio', 2049),
      },
      ...change,
    }),
  );
  return folder;
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'evoked-seeded-'));
  visual = await measureStatistics('visual', SEED, frames);
  audio = await measureStatistics('audio', SEED, waveforms);
});
afterAll(() => rm(home, { recursive: true }));

describe('statistics', () => {
  it('are small, float32, and the pooled ones of what was given', async () => {
    expect(encodeSafetensors(visual).length).toBeLessThan(300_000);
    expect(encodeSafetensors(audio).length).toBeLessThan(300_000);
    for (const [name, { dtype, data }] of [...visual, ...audio]) {
      expect(dtype).toBe('F32');
      expect(name).toMatch(/\.running_(mean|var)$/);
      expect((data as Float32Array).every((value) => Number.isFinite(value))).toBe(true);
    }
    async function* later(): AsyncGenerator<Uint8Array> {
      for (const each of frames) yield await Promise.resolve(each);
    }
    expect(await measureStatistics('visual', SEED, later())).toEqual(visual);
    // The first layer's mean is linear in the pictures, so that batches must pool to the mean over all of them.
    const mean = (tensors: TensorMap): Float32Array => requireFloats(tensors, 'bn1.running_mean', [32]);
    const each = [];
    for (const one of frames) each.push(mean(await measureStatistics('visual', SEED, [one])));
    for (const [channel, value] of mean(visual).entries()) {
      const expected = each.reduce((sum, means) => sum + means[channel]! / NUM_SEGMENTS, 0);
      expect(value).toBeCloseTo(expected, 4);
    }
  });

  it('need segments, and segments of the modality', async () => {
    const refusal = { code: 'ERR_MODEL_INPUT' };
    await expect(measureStatistics('visual', SEED, [])).rejects.toMatchObject(refusal);
    await expect(measureStatistics('visual', SEED, [new Uint8Array(7)])).rejects.toMatchObject(refusal);
    await expect(measureStatistics('audio', SEED, [new Float32Array(16_001)])).rejects.toMatchObject(refusal);
  });

  const changed = (name: string, change: (values: Float32Array) => void): TensorMap => {
    const tensor = visual.get(name)!;
    const values = Float32Array.from(tensorFloats(name, tensor));
    change(values);
    return new Map([...visual, [name, float32Tensor(tensor.shape, values)]]);
  };
  const without = (name: string): TensorMap => new Map([...visual].filter(([each]) => each !== name));
  const norm = 'blocks.3.1.bn2';
  it.each<[string, () => TensorMap, RegExp]>([
    ['one that is missing', () => without(`${norm}.running_mean`), /running_mean" is missing/],
    [
      'one more',
      () => new Map([...visual, ['x', float32Tensor([1], Float32Array.of(1))]]),
      /"x" is no BatchNorm/,
    ],
    [
      'another shape',
      () => new Map([...visual, [`${norm}.running_var`, float32Tensor([1], Float32Array.of(1))]]),
      /shape/,
    ],
    [
      'another type',
      () => {
        const values = Float64Array.from(tensorFloats(norm, visual.get(`${norm}.running_var`)!));
        return new Map([
          ...visual,
          [`${norm}.running_var`, { dtype: 'F64', shape: [values.length], data: values }],
        ]);
      },
      /element type; got F64; expected F32/,
    ],
    [
      'a mean that is no number',
      () => changed(`${norm}.running_mean`, (values) => (values[3] = NaN)),
      /got NaN/,
    ],
    [
      'a variance of 0',
      () => changed(`${norm}.running_var`, (values) => (values[3] = 0)),
      /got 0; expected above 0/,
    ],
    [
      'an infinite variance',
      () => changed(`${norm}.running_var`, (values) => (values[3] = Infinity)),
      /got Infinity/,
    ],
    ['those of the other network', () => audio, /is no BatchNorm/],
  ])('are refused with %s', async (what, tensors, message) => {
    const folder = await writePack(what.replaceAll(' ', '-'), { visualStatistics: tensors() });
    await expect(loadPackExtractor(await loadPack(folder), 'visual')).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('a pack of seeded extractors with statistics', () => {
  let folder: string;
  beforeAll(async () => (folder = await writePack('pack')));

  it('may call itself trained, and works', async () => {
    const pack = await loadPack(folder);
    expect(packInfo(pack).trained).toBe(true);
    const checks = await verifyPack(pack);
    expect(checks.map(({ error }) => error)).toEqual([null, null, null, null]);
    expect(checks[0]).toMatchObject({ source: 'seed test with visual.safetensors' });
    expect(checks[0]!.numBytes).toBeGreaterThan(100_000);
  });

  it('gives the same embeddings in every process, and other ones without the statistics', async () => {
    const pack = await loadPack(folder);
    const embeddingsDigest = async (reference: string): Promise<string[]> => {
      const digests = [];
      for (const [modality, input] of [
        ['visual', frames[0]],
        ['audio', waveforms[0]],
      ] as const) {
        const extractor = await loadPackExtractor(await loadPack(reference), modality);
        const values = await extractor.embed([input] as Uint8Array[] | Float32Array[]);
        expect(values.every(Number.isFinite)).toBe(true);
        digests.push(sha256(new Uint8Array(values.buffer)));
        await extractor.release();
      }
      return digests;
    };
    const here = await embeddingsDigest(folder);
    expect(await embeddingsDigest(folder)).toEqual(here);
    const script = `
      const { createHash } = await import('node:crypto');
      const { loadPack, loadPackExtractor } = await import(${JSON.stringify(processEntry('model/index'))});
      const pack = await loadPack(${JSON.stringify(pack.folder)});
      const frame = Uint8Array.from(${JSON.stringify([...frames[0]!.filter((_, i) => i % (FRAME_BYTES / 8) === 0)])}
        .flatMap((level) => new Array(${FRAME_BYTES / 8}).fill(level)));
      const waveform = Float32Array.from(${JSON.stringify([...waveforms[0]!])});
      for (const [modality, input] of [['visual', frame], ['audio', waveform]]) {
        const extractor = await loadPackExtractor(pack, modality);
        const values = await extractor.embed([input]);
        console.log(createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'));
        await extractor.release();
      }`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout.trim().split('\n')).toEqual(here);
    const manifest = testManifest();
    const bare = await writePack('bare', { change: { trained: false, visual: manifest.visual } });
    expect((await embeddingsDigest(bare))[0]).not.toBe(here[0]);
  });

  it('refuses statistics that were changed after packing', async () => {
    const changed = await writePack('changed');
    await writeFile(join(changed, 'audio.safetensors'), 'spoilt');
    await expect(loadPackExtractor(await loadPack(changed), 'audio')).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringContaining('sha256') as string,
    });
    await rm(join(changed, 'audio.safetensors'));
    await expect(loadPack(changed)).rejects.toMatchObject({ code: 'ERR_MODEL_PACK' });
  });

  const { extractor, tower } = testManifest().visual;
  const statistics = { file: 'visual.safetensors', sha256: 'ab'.repeat(32) };
  const file = { file: 'visual-tower.safetensors', sha256: 'ab'.repeat(32) };
  it.each<[string, object, RegExp]>([
    [
      'a seed alone that is trained',
      { extractor, tower: { ...file, scale: 1, position: tower.position } },
      /trained/,
    ],
    ['a trained tower from a seed', { extractor: { ...extractor, statistics }, tower }, /trained/],
    [
      'statistics beside a file',
      { extractor: { ...extractor, seed: undefined, ...file, statistics }, tower },
      /statistics go with seed only/,
    ],
    [
      'statistics without digest',
      { extractor: { ...extractor, statistics: { file: 'x' } }, tower },
      /statistics/,
    ],
    [
      'unknown keys',
      { extractor: { ...extractor, statistics: { ...statistics, x: 1 } }, tower },
      /statistics/,
    ],
    ['statistics of a tower', { extractor, tower: { ...tower, statistics } }, /tower/],
  ])('is refused with %s', async (what, part, message) => {
    const wrong = await writePack(what.replaceAll(' ', '-'), { change: { visual: part } });
    await expect(loadPack(wrong)).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringMatching(message) as string,
    });
  });
});

describe('extractorDigest', () => {
  it('tells apart what computes differently, and nothing else', async () => {
    const pack = await loadPack(await writePack('digest'));
    const digest = await extractorDigest(pack, 'visual');
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await extractorDigest(await loadPack(await writePack('again')), 'visual')).toBe(digest);
    expect(await extractorDigest(pack, 'audio')).not.toBe(digest);
    const elsewhere = structuredClone(pack.manifest);
    const { statistics } = elsewhere.visual!.extractor!;
    statistics!.file = 'elsewhere.safetensors';
    elsewhere.name = 'other';
    expect(await extractorDigest({ ...pack, manifest: elsewhere }, 'visual')).toBe(digest);
    statistics!.sha256 = 'ab'.repeat(32);
    expect(await extractorDigest({ ...pack, manifest: elsewhere }, 'visual')).not.toBe(digest);
    elsewhere.visual = undefined;
    await expect(extractorDigest({ ...pack, manifest: elsewhere }, 'visual')).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
    });
  });
});

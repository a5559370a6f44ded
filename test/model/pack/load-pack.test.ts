import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LABELS } from '../../../src/core/labels.js';
import { loadPack, packInfo } from '../../../src/model/pack/load-pack.js';
import { loadPackTower } from '../../../src/model/pack/pack-weights.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { encodeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { recipeTower } from '../tower/golden-tower.js';
import { sha256, testManifest } from './test-manifest.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-pack-'));
  // The packs of whoever runs the tests stay out of them.
  vi.stubEnv('EVOKED_HOME', join(folder, 'home'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

async function writePack(manifest: unknown): Promise<string> {
  await writeFile(join(folder, 'pack.json'), JSON.stringify(manifest));
  return folder;
}

describe('loadPack', () => {
  it('finds the bundled pack, which says that it knows synthetic films alone', async () => {
    const pack = await loadPack();
    expect(packInfo(pack)).toMatchObject({ name: 'demo', trained: true });
    expect(packInfo(pack).trainedOn).toContain('synthetic films');
    expect(pack.manifest.labels).toEqual(LABELS);
    expect(pack.manifest.metrics?.on).toContain('synthetic films');
    expect(await loadPack('')).toEqual(pack);
  });

  it('takes a pack of one modality', async () => {
    const pack = await writePack({ ...testManifest(), audio: undefined });
    expect((await loadPack(pack)).manifest.audio).toBeUndefined();
  });

  const source = testManifest().visual;
  const wrong: [what: string, change: object, message: RegExp][] = [
    ['an unknown key', { colour: 'red' }, /colour/],
    ['an unknown key inside', { visual: { ...source, weights: 1 } }, /visual/],
    ['other labels', { labels: [...LABELS].reverse() }, /labels/],
    ['another rate', { rateHz: 5 }, /rateHz/],
    ['no modality', { visual: undefined, audio: undefined }, /visual, audio or both/],
    ['shares that do not sum to 1', { ensemble: { visual: 0.8, audio: 0.3 } }, /ensemble/],
    ['seeds that call themselves trained', { trained: true }, /trained/],
    ['a scale of 0', { visual: { ...source, tower: { ...source.tower, scale: 0 } } }, /visual\.tower\.scale/],
    [
      'seed and file at once',
      { visual: { ...source, tower: { ...source.tower, file: 'a', sha256: sha256(Buffer.of(1)) } } },
      /either file and sha256, or seed/,
    ],
    [
      'a file without its digest',
      { visual: { ...source, tower: { ...source.tower, seed: undefined, file: 'a' } } },
      /either file and sha256, or seed/,
    ],
  ];
  it.each(wrong)('refuses %s', async (_, change, message) => {
    const pack = await writePack({ ...testManifest(), ...change });
    await expect(loadPack(pack)).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringMatching(message) as string,
    });
  });

  it('refuses a folder that is not there, and a manifest that is no JSON', async () => {
    const code = { code: 'ERR_MODEL_PACK' };
    await expect(loadPack(join(folder, 'nowhere'))).rejects.toMatchObject(code);
    await expect(loadPack(folder)).rejects.toMatchObject(code);
    await writeFile(join(folder, 'pack.json'), '{');
    await expect(loadPack(folder)).rejects.toMatchObject(code);
  });

  it.each([
    '../secret',
    '/etc/passwd',
    'a/../../secret',
    'a\\b',
    './a',
    'a//b',
    'C:a',
    'missing',
    'folder',
    'link',
  ])('refuses the file name %s', async (file) => {
    await mkdir(join(folder, 'folder'));
    await symlink('/etc/hostname', join(folder, 'link'));
    const manifest = testManifest();
    const tower = {
      ...manifest.visual.tower,
      seed: undefined,
      shape: undefined,
      file,
      sha256: sha256(Buffer.of(1)),
    };
    const pack = await writePack({ ...manifest, visual: { ...manifest.visual, tower } });
    await expect(loadPack(pack)).rejects.toMatchObject({ code: 'ERR_MODEL_PACK' });
  });
});

describe('loadPackTower', () => {
  async function packWithTower(numInputs: number, digest?: string, numLabels = 15): Promise<string> {
    const spec = uniformTowerSpec({ numInputs, numChannels: 4, numLevels: 1, numHidden: 3, numLabels });
    const bytes = encodeSafetensors(recipeTower('pack', spec));
    await mkdir(join(folder, 'weights'), { recursive: true });
    await writeFile(join(folder, 'weights', 'visual.safetensors'), bytes);
    const manifest = testManifest();
    const file = { file: 'weights/visual.safetensors', sha256: digest ?? sha256(bytes) };
    const tower = { ...manifest.visual.tower, seed: undefined, shape: undefined, ...file };
    return writePack({ ...manifest, visual: { ...manifest.visual, tower } });
  }

  it.each([1280, 1281])('reads a file with %d inputs', async (numInputs) => {
    const tower = await loadPackTower(await loadPack(await packWithTower(numInputs)), 'visual');
    expect(tower.spec.numInputs).toBe(numInputs);
    await tower.release();
  });

  it('refuses another file than the one that was packed', async () => {
    const pack = await loadPack(await packWithTower(1281, sha256(Buffer.from('other'))));
    await expect(loadPackTower(pack, 'visual')).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringContaining('sha256') as string,
    });
  });

  it('refuses a tower of other widths or labels', async () => {
    const code = { code: 'ERR_MODEL_PACK' };
    await expect(loadPackTower(await loadPack(await packWithTower(2049)), 'visual')).rejects.toMatchObject(
      code,
    );
    const labels = await loadPack(await packWithTower(1281, undefined, 7));
    await expect(loadPackTower(labels, 'visual')).rejects.toMatchObject(code);
  });
});

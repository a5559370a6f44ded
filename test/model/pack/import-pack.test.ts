import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dataFolder } from '../../../src/model/pack/data-folder.js';
import { extractorDigest } from '../../../src/model/pack/extractor-digest.js';
import { importPack, type PackImport } from '../../../src/model/pack/import-pack.js';
import { loadPack, packInfo, packModalities } from '../../../src/model/pack/load-pack.js';
import {
  bundledPackFolder,
  installedShelf,
  packFolder,
  replacedFolder,
  shelvedPacks,
} from '../../../src/model/pack/pack-shelf.js';
import { loadPackExtractor, loadPackTower } from '../../../src/model/pack/pack-weights.js';
import { verifyPack } from '../../../src/model/pack/verify-pack.js';
import { uniformTowerSpec } from '../../../src/model/tower/spec.js';
import { encodeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { seededFloats } from '../../../src/model/weights/seeded.js';
import { tinyAudioNetwork } from '../audio/onnx-network.js';
import { madeUpCheckpoint } from '../../pull/published-fixture.js';
import { recipeTower } from '../tower/golden-tower.js';

let home: string;
let shelf: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'evoked-import-'));
  shelf = installedShelf(home);
  vi.stubEnv('EVOKED_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(home, name);
  await writeFile(path, bytes);
  return path;
}

const audioNetwork = () => file('audio.onnx', tinyAudioNetwork({ input: ['N', 96, 64], reduce: 'logmel' }));
const audioHead = (numInputs = 2049, format: 'zip' | 'legacy' = 'zip', isOldName = false) =>
  file(
    `audio-${numInputs}-${format}-${isOldName}.ckpt`,
    madeUpCheckpoint({ entry: 'a', numInputs, format, isOldName }),
  );

async function audioPack(request: Partial<PackImport> = {}): ReturnType<typeof importPack> {
  return importPack({
    shelf,
    name: 'mine',
    version: '1.2.3',
    licence: 'MIT',
    trainedOn: 'what a test made up',
    visual: {},
    audio: { extractor: await audioNetwork(), head: await audioHead() },
    maxSeconds: 60,
    replace: false,
    ...request,
  });
}

describe('importPack', () => {
  it.each(['zip', 'legacy'] as const)(
    'makes a pack of an ONNX network and a %s checkpoint',
    async (format) => {
      const head = await audioHead(2049, format);
      const { pack, notes } = await audioPack({ audio: { extractor: await audioNetwork(), head } });
      expect(notes.join('\n')).toMatch(/ONNX, input \[N, 96, 64\][^]*divided by 10/);
      expect(pack.folder).toBe(join(shelf, 'mine'));
      expect(pack.manifest).toMatchObject({
        version: '1.2.3',
        trained: true,
        audio: { tower: { scale: 10 } },
      });
      expect((await readdir(join(pack.folder, 'weights'))).sort()).toEqual([
        'audio-extractor.onnx',
        'audio-tower.safetensors',
      ]);

      const [extractor, tower] = [await loadPackExtractor(pack, 'audio'), await loadPackTower(pack, 'audio')];
      const direct = await loadPackTower(
        (
          await audioPack({
            name: 'direct',
            audio: { extractor: await audioNetwork(), head: await recipeHead() },
          })
        ).pack,
        'audio',
      );
      const x = new Float32Array(2049);
      x.set(await extractor.embed([seededFloats('import', 'sound', 2667, 0.3)]));
      const scores = await tower.steps(tower.createState(), x, 1);
      expect(scores).toEqual(await direct.steps(direct.createState(), x, 1));
      expect(scores.some((value) => value !== 0)).toBe(true);
      await Promise.all([extractor.release(), tower.release(), direct.release()]);
    },
  );

  /** The same tower as in the checkpoints, as safetensors. */
  function recipeHead(): Promise<string> {
    const spec = uniformTowerSpec({ numInputs: 2049, numChannels: 8, numLevels: 2, numHidden: 4 });
    return file('audio.safetensors', encodeSafetensors(recipeTower('a', spec)));
  }

  it('goes by the metadata, then the flag, then the names for the scale', async () => {
    const extractor = await audioNetwork();
    const scaleOf = async (name: string, audio: PackImport['audio']): Promise<number | undefined> =>
      (await audioPack({ name, audio: { extractor, ...audio } })).pack.manifest.audio?.tower.scale;
    expect(await scaleOf('a', { head: await audioHead(), scale: 3 })).toBe(3);
    expect(await scaleOf('b', { head: await audioHead(2049, 'zip', true) })).toBe(1);
    const stated = encodeSafetensors(
      recipeTower('a', uniformTowerSpec({ numInputs: 2048, numChannels: 8, numLevels: 1, numHidden: 4 })),
      new Map([['scale', '7']]),
    );
    const head = await file('stated.safetensors', stated);
    expect(await scaleOf('c', { head })).toBe(7);
    expect(await scaleOf('d', { head, scale: 3 })).toBe(7);
  });

  it('takes what a trained head says of itself, and refuses it behind another extractor', async () => {
    const extractor = await audioNetwork();
    const { pack } = await audioPack();
    const spec = uniformTowerSpec({ numInputs: 2048, numChannels: 8, numLevels: 1, numHidden: 4 });
    const head = (facts: Record<string, string>): Promise<string> =>
      file('said.safetensors', encodeSafetensors(recipeTower('a', spec), new Map(Object.entries(facts))));
    const unsaid = { trainedOn: undefined, maxSeconds: undefined };
    const facts = { scale: '4', maxSeconds: '75.5', trainedOn: 'Sines.' };
    const extractorOfPack = await extractorDigest(pack, 'audio');
    const said = await head({ ...facts, extractor: extractorOfPack });
    const made = await audioPack({ name: 'said', ...unsaid, audio: { extractor, head: said } });
    expect(made.pack.manifest).toMatchObject({
      trainedOn: 'Sines.',
      audio: { tower: { scale: 4, position: { maxSeconds: 75.5 } } },
    });
    const other = await head({ ...facts, extractor: 'ab'.repeat(32) });
    await expect(audioPack({ name: 'no', audio: { extractor, head: other } })).rejects.toMatchObject({
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringMatching(
        /another extractor than the pack's; got extractor .*expected abab/,
      ) as string,
    });
    const silent = await audioHead();
    await expect(
      audioPack({ name: 'no', ...unsaid, audio: { extractor, head: silent } }),
    ).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('--trained-on is missing') as string,
    });
    const wrong = await head({ maxSeconds: 'long' });
    await expect(audioPack({ name: 'no', audio: { extractor, head: wrong } })).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining('maxSeconds of') as string,
    });
  });

  it('takes extractors from one pack, and states shares, metrics and a card', async () => {
    const extractorsOf = (await audioPack()).pack;
    const seeded = await loadPack(bundledPackFolder());
    const metrics = { mRho: 0.7, on: 'films' };
    const card = await file('card.md', Buffer.from('# Mine'));
    const head = await audioHead();
    const { pack } = await audioPack({
      name: 'composed',
      audio: { head },
      extractorsOf,
      base: seeded,
      lambda: 0.7,
      metrics,
      card,
    });
    expect(pack.manifest.audio?.extractor).toEqual(extractorsOf.manifest.audio?.extractor);
    expect(pack.manifest).toMatchObject({ ensemble: { visual: 0.7, audio: 0.3 }, metrics });
    expect(pack.manifest.visual?.tower).toEqual(seeded.manifest.visual?.tower);
    expect(await readFile(join(pack.folder, 'README.md'), 'utf8')).toBe('# Mine');
    // Towers for one modality of two: the other extractor stays where it is.
    const one = await audioPack({ name: 'one', audio: { head }, extractorsOf: seeded });
    expect(packModalities(one.pack.manifest)).toEqual(['audio']);
    expect(one.pack.manifest.visual).toBeUndefined();
    await expect(audioPack({ name: 'x', card: join(home, 'none.md') })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/none\.md cannot be read; got ENOENT$/) as string,
    });
  });

  it('takes the other parts from a base', async () => {
    const base = (await audioPack()).pack;
    const whole = await audioPack({ name: 'whole', base: await loadPack(bundledPackFolder()) });
    expect(packModalities(whole.pack.manifest)).toEqual(['visual', 'audio']);
    expect(whole.pack.manifest).toMatchObject({
      trained: true,
      visual: { extractor: { seed: 'evoked-demo' } },
    });
    const copy = await audioPack({ name: 'copy', base, audio: {} });
    expect(copy.pack.manifest.audio).toEqual(base.manifest.audio);
    await writeFile(join(base.folder, 'weights', 'audio-tower.safetensors'), 'spoilt');
    await expect(audioPack({ name: 'other', base, audio: {} })).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringContaining('sha256') as string,
    });
  });

  it('runs without the extractor that is missing, and says so', async () => {
    const base = await loadPack(bundledPackFolder());
    const head = await audioHead();
    const visualOnly = { ...base, manifest: { ...base.manifest, audio: undefined } };
    const { pack } = await audioPack({ base: visualOnly, audio: { head } });
    expect(packModalities(pack.manifest)).toEqual(['visual']);
    expect(packInfo(pack).trainedOn).toContain('no audio extractor');
    await expect(loadPackExtractor(pack, 'audio')).rejects.toMatchObject({ code: 'ERR_MODEL_PACK' });
  });

  it.each<[string, () => Promise<Partial<PackImport>>, string]>([
    [
      'an extractor without a tower',
      async () => ({ audio: { extractor: await audioNetwork() } }),
      'ERR_USAGE',
    ],
    ['a tower alone', async () => ({ audio: { head: await audioHead() } }), 'ERR_MODEL_PACK'],
    ['nothing', () => Promise.resolve({ audio: {} }), 'ERR_MODEL_PACK'],
    [
      'a tower of the other modality',
      async () => ({ audio: { extractor: await audioNetwork(), head: await audioHead(1281) } }),
      'ERR_MODEL_WEIGHTS',
    ],
    [
      'a file that is no network',
      async () => ({ audio: { extractor: await file('x.onnx', Buffer.from('x')), head: await audioHead() } }),
      'ERR_FILE_FORMAT',
    ],
    [
      'a file that is not there',
      async () => ({ audio: { extractor: join(home, 'none.onnx'), head: await audioHead() } }),
      'ERR_MODEL_WEIGHTS',
    ],
    ['a version that is none', () => Promise.resolve({ version: 'one' }), 'ERR_MODEL_PACK'],
  ])('makes nothing of %s', async (_, request, code) => {
    await expect(audioPack(await request())).rejects.toMatchObject({ code });
    expect(await readdir(shelf)).toEqual([]);
  });

  it('replaces a pack only where it is told to', async () => {
    const { pack } = await audioPack();
    await expect(audioPack({ version: '2.0.0' })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await loadPack('mine')).toEqual(pack);
    await audioPack({ version: '2.0.0', replace: true });
    expect((await loadPack('mine')).manifest.version).toBe('2.0.0');
    expect(await readdir(shelf)).toEqual(['mine']);
  });
});

describe('a killed import', () => {
  it('leaves no pack, and what it left goes', async () => {
    const half = join(shelf, '.mine.new-abc');
    await mkdir(join(half, 'weights'), { recursive: true });
    await writeFile(join(half, 'pack.json'), '{}');
    expect((await shelvedPacks(home)).filter(({ isBundled }) => !isBundled)).toEqual([]);
    await audioPack();
    expect((await readdir(shelf)).sort()).toEqual(['.mine.new-abc', 'mine']);
    await utimes(half, 0, 0);
    await audioPack({ replace: true });
    expect(await readdir(shelf)).toEqual(['mine']);
  });

  it('between its two renames leaves the pack from before', async () => {
    await audioPack();
    await rename(join(shelf, 'mine'), replacedFolder(shelf, 'mine'));
    expect((await loadPack('mine')).manifest.version).toBe('1.2.3');
    expect((await shelvedPacks(home)).map(({ name }) => name)).toContain('mine');
    await audioPack({ version: '2.0.0' });
    expect((await loadPack('mine')).manifest.version).toBe('2.0.0');
    expect(await readdir(shelf)).toEqual(['mine']);
  });
});

describe('verifyPack', () => {
  it('finds the part that was changed, and runs the rest', async () => {
    const { pack } = await audioPack();
    expect((await verifyPack(pack)).map(({ error }) => error)).toEqual([null, null]);
    const path = join(pack.folder, 'weights', 'audio-tower.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
    expect(await verifyPack(pack)).toMatchObject([
      { part: 'extractor', error: null, detail: expect.stringContaining('onnx') as string },
      { part: 'tower', numBytes: bytes.length, detail: '', error: { code: 'ERR_MODEL_PACK' } },
    ]);
  });

  it('finds a preprocessing that the file does not have', async () => {
    const { pack } = await audioPack();
    const manifest = structuredClone(pack.manifest);
    const extractor = manifest.audio?.extractor;
    if (extractor?.kind === 'onnx') extractor.preprocessing = 'waveform-16000';
    await expect(loadPackExtractor({ ...pack, manifest }, 'audio')).rejects.toMatchObject({
      code: 'ERR_MODEL_PACK',
      message: expect.stringContaining('logmel-96x64') as string,
    });
  });
});

describe('a word for a pack', () => {
  it('is a name, a path, or nothing', async () => {
    expect(await packFolder('', home)).toBe(bundledPackFolder());
    await audioPack({ name: 'published' });
    expect(await packFolder('', home)).toBe(join(shelf, 'published'));
    expect(await packFolder('published', home)).toBe(join(shelf, 'published'));
    expect(await packFolder('demo', home)).toBe(bundledPackFolder());
    expect(await packFolder('./demo', home)).toBe('./demo');
    expect(await packFolder('nowhere', home)).toBe('nowhere');
  });
});

it.each([
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/evoked'],
  ['linux', { HOME: '/home/a' }, /\/\.local\/share\/evoked$/],
  ['darwin', {}, /Application Support\/evoked$/],
  ['win32', { LOCALAPPDATA: '/l' }, '/l/evoked'],
  ['linux', { EVOKED_HOME: '/mine', XDG_DATA_HOME: '/data' }, '/mine'],
] as const)('keeps packs where %s keeps the data of a user, given %o', (platform, environment, folder) => {
  const found = dataFolder(environment, platform);
  if (typeof folder === 'string') expect(found).toBe(folder);
  else expect(found).toMatch(folder);
});

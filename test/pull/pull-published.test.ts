import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadPack, packInfo, packModalities } from '../../src/model/pack/load-pack.js';
import { bundledPackFolder } from '../../src/model/pack/pack-shelf.js';
import { verifyPack } from '../../src/model/pack/verify-pack.js';
import { float32Tensor } from '../../src/model/weights/tensor.js';
import { encodeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import { type PulledPack, pullPublished, type PullRequest } from '../../src/pull/pull-published.js';
import { tinyAudioNetwork } from '../model/audio/onnx-network.js';
import { type FileHost, sha256Of, startFileHost } from './file-host.js';
import { MADE_UP_TOWERS, MADE_UP_TRILL, madeUpArchive, publish, writeTar } from './published-fixture.js';

let host: FileHost;
let home: string;

beforeEach(async () => {
  host = await startFileHost();
  home = await mkdtemp(join(tmpdir(), 'evoked-home-'));
  vi.stubEnv('EVOKED_HOME', home);
  await publish(host);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  host.close();
  await rm(home, { recursive: true });
});

function pull(request: Partial<PullRequest> = {}): Promise<PulledPack> {
  const parts = { wait: () => Promise.resolve(), stallTimeoutMs: 5000 };
  return pullPublished({
    mirror: new URL(host.url),
    withTrill: true,
    checkpoints: {},
    parts,
    ...request,
  });
}

function storage(id: string): string {
  return `/storage/${id}?signature=secret`;
}

describe('pullPublished', () => {
  it('looks at the audio network that it is given before anything is fetched', async () => {
    for (const name of ['none.onnx', 'none.safetensors']) {
      await expect(pull({ audioExtractor: join(home, name) })).rejects.toMatchObject({
        code: 'ERR_MODEL_WEIGHTS',
        message: expect.stringContaining(`${name} cannot be read`) as string,
      });
    }
    expect(await readdir(home)).toEqual([]);
  });

  it('does not advise a mirror where it is the mirror that cannot be reached', async () => {
    host.close();
    const failed = pull();
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_PULL_UNREACHABLE',
      message: expect.stringMatching(/expected a mirror that answers/) as string,
    });
  });

  it('makes the default pack of what is published, and says what is missing', async () => {
    const { pack, files, towers, notes } = await pull();
    expect(files.map(({ file, wasThere, isDigestStated }) => [file.id, wasThere, isDigestStated])).toEqual([
      ['efficientnet', false, true],
      ['towers', false, false],
      ['trill', false, false],
    ]);
    expect(towers.map(({ entry }) => entry)).toEqual(MADE_UP_TOWERS.map(({ entry }) => entry));
    expect(notes.join('\n')).toMatch(/visual_pos\.ckpt[^]*audio_pos_0\.2\.ckpt/);
    expect(notes.join('\n')).toMatch(/divided by 10/);

    const loaded = await loadPack();
    expect(loaded).toEqual(pack);
    expect(packModalities(loaded.manifest)).toEqual(['visual']);
    expect(loaded.manifest).toMatchObject({
      name: 'published',
      trained: true,
      audio: { tower: { scale: 10 } },
    });
    expect(packInfo(loaded).trainedOn).toMatch(/EEV.*no audio extractor: scores come from the picture alone/);
    const checks = await verifyPack(loaded);
    expect(checks.map(({ modality, part, error }) => [modality, part, error])).toEqual([
      ['visual', 'extractor', null],
      ['visual', 'tower', null],
      ['audio', 'tower', null],
    ]);
    const source = host.files.get(storage('efficientnet'))!.bytes;
    expect(loaded.manifest.visual?.extractor?.sha256).toBe(sha256Of(source));
    // Nothing lies about that is not named.
    expect((await readdir(home)).sort()).toEqual(['downloads', 'packs', 'pull.lock.json']);
    expect(await readdir(join(home, 'packs'))).toEqual(['published']);
    expect(await readdir(join(home, 'downloads'))).toHaveLength(3);
    expect(await readFile(join(home, 'pull.lock.json'), 'utf8')).not.toContain('signature');
  });

  it('asks for nothing that is there already, and fetches again what was spoilt', async () => {
    await pull();
    const numBefore = host.requests.length;
    expect((await pull()).files.every(({ wasThere }) => wasThere)).toBe(true);
    expect(host.requests).toHaveLength(numBefore);
    const [archive] = (await readdir(join(home, 'downloads'))).filter((name) => name.endsWith('.zip'));
    await writeFile(join(home, 'downloads', archive!), 'spoilt');
    const { files } = await pull();
    expect(files.filter(({ wasThere }) => !wasThere).map(({ file }) => file.id)).toEqual(['towers']);
  });

  it('takes no other file than the first time', async () => {
    const { pack } = await pull();
    host.files.set(storage('towers'), { bytes: madeUpArchive(MADE_UP_TOWERS.slice(1)) });
    await rm(join(home, 'downloads'), { recursive: true });
    await expect(pull()).rejects.toMatchObject({
      code: 'ERR_PULL_PINNED',
      message: expect.stringContaining('pull.lock.json') as string,
    });
    expect(await loadPack()).toEqual(pack);
    expect(await readdir(join(home, 'downloads'))).not.toContainEqual(expect.stringMatching(/zip|part/));
  });

  it('is completed by an audio network, which later pulls keep', async () => {
    await pull({ withTrill: false });
    const audioExtractor = join(home, 'trill.onnx');
    await writeFile(audioExtractor, tinyAudioNetwork({ input: ['N', 'T'], reduce: 'waveform', numTimes: 2 }));
    for (const request of [{ audioExtractor }, {}]) {
      const { pack } = await pull({ withTrill: false, ...request });
      expect(packModalities(pack.manifest)).toEqual(['visual', 'audio']);
      expect(pack.manifest.missing).toBeUndefined();
      expect(pack.manifest.audio?.extractor).toMatchObject({ kind: 'onnx', preprocessing: 'waveform-16000' });
    }
  });

  it('takes the checkpoints and the scale that are asked for', async () => {
    const { pack, notes } = await pull({ checkpoints: { audio: 'audio_pos_0.3.ckpt' }, scale: 5 });
    expect(notes.join('\n')).toContain('audio_pos_0.3.ckpt');
    expect(pack.manifest.visual?.tower.scale).toBe(5);
    await expect(pull({ checkpoints: { audio: 'visual_pos.ckpt' } })).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringContaining('audio_nopos.ckpt') as string,
    });
  });

  it.each<[string, 'efficientnet' | 'towers' | 'trill', () => Uint8Array]>([
    ['an archive that is none', 'towers', () => Buffer.from('PK, but no zip')],
    ['an archive that is cut', 'towers', () => madeUpArchive().subarray(0, -100)],
    ['an archive without a visual tower', 'towers', () => madeUpArchive(MADE_UP_TOWERS.slice(0, 2))],
    ['weights of another network', 'efficientnet', () => otherNetwork()],
    ['a login page', 'efficientnet', () => Buffer.from('<html>log in first</html>')],
    ['a login page', 'trill', () => Buffer.from('<html>log in first</html>')],
    ['a tar.gz without a model', 'trill', () => gzipSync(writeTar([['a', Buffer.from('b')]]))],
    ['a cut tar.gz', 'trill', () => MADE_UP_TRILL.subarray(0, -9)],
  ])('makes nothing of %s', async (_, id, bytes) => {
    const entry = [...host.files].find(([, { redirect }]) => redirect?.to === storage(id))!;
    host.files.set(entry[0], { bytes: bytes(), redirect: { to: storage(id) } });
    host.files.set(storage(id), { bytes: bytes() });
    const code = expect.stringMatching(/^ERR_(MODEL|FILE)_/) as string;
    await expect(pull()).rejects.toMatchObject({ code });
    expect((await loadPack()).folder).toBe(bundledPackFolder());
    // It is not pinned, either: once the right file is there, it is taken.
    await publish(host);
    await pull();
    expect((await loadPack()).manifest.name).toBe('published');
  });

  it('leaves the pack from before where a host fails', async () => {
    const { pack } = await pull();
    await rm(join(home, 'downloads'), { recursive: true });
    host.files.set(storage('towers'), { bytes: Buffer.alloc(0), status: 404 });
    await expect(pull()).rejects.toMatchObject({ code: 'ERR_PULL_RESPONSE' });
    host.close();
    await expect(pull()).rejects.toMatchObject({ code: 'ERR_PULL_UNREACHABLE' });
    expect(await loadPack()).toEqual(pack);
  });

  it('runs once at a time; a process that died holds nothing', async () => {
    await writeFile(join(home, 'pull.pid'), `${process.pid}`);
    await expect(pull()).rejects.toMatchObject({ code: 'ERR_PULL_BUSY' });
    await writeFile(join(home, 'pull.pid'), '4194305');
    await pull();
    await expect(stat(join(home, 'pull.pid'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('trusts no lock file that it does not understand', async () => {
    await writeFile(join(home, 'pull.lock.json'), '{"version": 2}');
    await expect(pull()).rejects.toMatchObject({ code: 'ERR_PULL_PINNED' });
  });
});

function otherNetwork(): Uint8Array {
  return encodeSafetensors(new Map([['conv1.weight', float32Tensor([1], new Float32Array(1))]]));
}

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processEntry } from '../../src/core/process-entry.js';
import { loadPack } from '../../src/model/pack/load-pack.js';
import { shelvedPacks } from '../../src/model/pack/pack-shelf.js';
import { requireWorkingPack } from '../../src/model/pack/verify-pack.js';
import { tinyAudioNetwork } from '../model/audio/onnx-network.js';
import { type FileHost, startFileHost } from '../pull/file-host.js';
import { madeUpCheckpoint, publish } from '../pull/published-fixture.js';

const NUM_KILLS = 16;

let host: FileHost;
let home: string;

beforeAll(async () => {
  host = await startFileHost();
  await publish(host);
  home = await mkdtemp(join(tmpdir(), 'evoked-packs-'));
  await writeFile(join(home, 'trill.onnx'), tinyAudioNetwork({ input: ['N', 'T'], reduce: 'waveform' }));
  await writeFile(
    join(home, 'audio.ckpt'),
    madeUpCheckpoint({ entry: 'a', numInputs: 2049, format: 'legacy' }),
  );
});
afterAll(async () => {
  host.close();
  await rm(home, { recursive: true });
});

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command to its end, or kills it after so many ms. */
function evoked(args: readonly string[], { folder = home, killAfterMs = 0 } = {}): Promise<Run> {
  const env = { ...process.env, EVOKED_HOME: folder };
  const limits = killAfterMs === 0 ? {} : { timeout: killAfterMs, killSignal: 'SIGKILL' as const };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [processEntry('cli/main'), ...args],
      { env, ...limits },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

describe('evoked packs', () => {
  it('says in one line that there is no network, and what to do', async () => {
    const pull = ['packs', 'pull', '--mirror', 'http://127.0.0.1:9'];
    const { code, stderr } = await evoked(pull);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(
        /^ERR_PULL_UNREACHABLE: 127\.0\.0\.1:9 cannot be reached; .*expected a mirror that answers/,
      ),
    ]);
  });

  it('pulls, lists, shows and verifies what is published', async () => {
    const pulled = await evoked(['packs', 'pull', '--mirror', host.url]);
    expect(pulled).toMatchObject({ code: 0 });
    expect(pulled.stderr).toMatch(/EfficientNet-B0.*fetched, 1\d\.\d MB.*as its host states/);
    expect(pulled.stdout).toMatch(/MISSING: no audio extractor[^]*--audio-extractor trill\.onnx/);

    const list = await evoked(['packs', 'list']);
    expect(list.stdout).toMatch(/^ {2}demo.* \d+\.\d+\.\d+ .*bundled.* M_rho .*, not with viewers/m);
    expect(list.stdout).toMatch(/^\* published .*installed · trained · visual · M_rho not measured/m);
    const { packs } = JSON.parse((await evoked(['packs', 'list', '--json'])).stdout) as { packs: unknown };
    expect(packs).toMatchObject([
      { reference: 'demo', isBundled: true, isDefault: false },
      {
        name: 'published',
        reference: 'published',
        isBundled: false,
        isDefault: true,
        trained: true,
        modalities: ['visual'],
      },
    ]);
    expect((await evoked(['packs', 'show'])).stdout).toMatch(/audio +no extractor: not run/);
    const verified = await evoked(['packs', 'verify']);
    expect(verified.code).toBe(0);
    expect(verified.stdout.match(/^ok /gm)).toHaveLength(3);
  });

  it('scores with the pulled pack, by the picture alone', async () => {
    const { code, stdout, stderr } = await evoked(['score', 'film:1', '--limit', '1', '--format', 'jsonl']);
    expect(code, stderr).toBe(0);
    const scores = stdout.trim().split('\n');
    expect(scores).toHaveLength(6);
    for (const line of scores) expect(line).toContain('visual-only');
    expect(stderr).toContain('pack published');
  });

  it('completes the pulled pack with an audio network', async () => {
    const audio = ['--audio-extractor', join(home, 'trill.onnx')];
    const pulled = await evoked(['packs', 'pull', '--mirror', host.url, '--no-trill', ...audio]);
    expect(pulled).toMatchObject({ code: 0, stdout: expect.not.stringContaining('MISSING') as string });
    const { stdout } = await evoked(['score', 'film:1', '--limit', '1', '--format', 'jsonl']);
    expect(stdout.trim().split('\n')).toHaveLength(6);
    expect(stdout).not.toContain('visual-only');
  });

  it('imports weight files under a name, which --pack then takes', async () => {
    const files = ['--audio-extractor', join(home, 'trill.onnx'), '--audio-head', join(home, 'audio.ckpt')];
    const about = ['--licence', 'MIT', '--trained-on', 'nothing real'];
    const imported = await evoked(['packs', 'import', '--name', 'mine', ...files, ...about]);
    expect(imported, imported.stderr).toMatchObject({ code: 0 });
    expect(imported.stdout).toContain('--pack mine');
    const out = join(home, 'features.safetensors');
    const features = await evoked(['features', 'film:1', '--pack', 'mine', '--limit', '1', '--out', out]);
    expect(features, features.stderr).toMatchObject({ code: 0 });
    expect(features.stderr).toContain('6 rows · audio, seconds');
  });

  it('puts a trained head behind the extractors of a pack, with what was measured', async () => {
    const head = ['--audio-head', join(home, 'audio.ckpt'), '--extractors-of', 'mine'];
    await writeFile(join(home, 'card.md'), '# Composed\n\nKnows nothing.\n\nMore.\n');
    const about = ['--trained-on', 'nothing real', '--card', join(home, 'card.md')];
    const measured = ['--m-rho', '0.5', '--measured-on', 'two films'];
    const compose = ['packs', 'import', '--name', 'composed', ...head, ...about];
    const made = await evoked([...compose, ...measured, '--lambda', '0.6', '--json']);
    expect(made, made.stderr).toMatchObject({ code: 0 });
    expect((await evoked(['packs', 'show', 'composed'])).stdout).toMatch(
      /licence +MIT[^]*M_rho +0\.5 on two films[^]*0\.6 visual \+ 0\.4 audio\ncard +.*README\.md\n\nKnows nothing\.\n$/,
    );
    expect(await evoked([...compose, '--m-rho', '0.5'])).toMatchObject({ code: 2 });
    expect(await evoked([...compose, '--lambda', '1.5'])).toMatchObject({ code: 2 });
    const missing = ['--audio-extractor', join(home, 'none.onnx'), '--audio-head', join(home, 'audio.ckpt')];
    expect(
      await evoked(['packs', 'import', '--name', 'x', '--licence', 'MIT', ...missing, ...about]),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^ERR_MODEL_WEIGHTS: audio network .*none\.onnx cannot be read; got ENOENT\n$/,
      ) as string,
    });
  });

  it('takes an ONNX audio network for features', async () => {
    const args = ['--audio-extractor', join(home, 'trill.onnx'), '--limit', '1'];
    const out = join(home, 'audio.safetensors');
    const features = await evoked(['features', 'film:1', ...args, '--out', out]);
    expect(features, features.stderr).toMatchObject({ code: 0 });
    const wrong = ['--audio-extractor', join(home, 'audio.ckpt'), '--limit', '1', '--out', out];
    const refused = await evoked(['features', 'film:1', ...wrong]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^ERR_FILE_FORMAT: /) as string });
  });

  it('fails where a pack does not work, and where the command line is wrong', async () => {
    await writeFile(join(home, 'packs', 'mine', 'weights', 'audio-tower.safetensors'), 'spoilt');
    const verified = await evoked(['packs', 'verify', 'mine']);
    expect(verified).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^FAILED {2}audio tower/m) as string,
    });
    expect((await evoked(['packs', 'show', 'nowhere'])).code).toBe(1);
    expect((await evoked(['packs', 'import', '--name', 'x'])).code).toBe(2);
    expect((await evoked(['packs', 'pull', '--mirror', 'ftp://x'])).code).toBe(2);
  });
});

it(
  'killed at any moment leaves the pack from before or the whole new one',
  { timeout: 240_000 },
  async () => {
    const pull = ['packs', 'pull', '--mirror', host.url];
    const startedAtMs = performance.now();
    expect(await evoked(pull, { folder: join(home, 'uninterrupted') })).toMatchObject({ code: 0 });
    const wholeMs = performance.now() - startedAtMs;
    const folder = join(home, 'killed');
    const seen = new Set<string>();
    let numKilled = 0;
    for (let share = 1; share <= NUM_KILLS; share++) {
      // Every third time from the beginning; else with what the last one left.
      if (share % 3 === 0) await rm(join(folder, 'downloads'), { recursive: true, force: true });
      const killAfterMs = Math.ceil((wholeMs * share) / NUM_KILLS);
      const { code } = await evoked(pull, { folder, killAfterMs });
      if (code !== 0) numKilled += 1;
      const installed = (await shelvedPacks(folder)).filter(({ isBundled }) => !isBundled);
      seen.add(installed.map(({ name }) => name).join() || 'none');
      for (const each of installed) await requireWorkingPack(await loadPack(each.folder));
    }
    expect(numKilled).toBeGreaterThan(NUM_KILLS / 4);
    expect(seen).toContain('none');
    expect(await evoked(pull, { folder })).toMatchObject({ code: 0 });
    expect((await readdir(join(folder, 'packs'))).filter((name) => !name.startsWith('.'))).toEqual([
      'published',
    ]);
  },
);

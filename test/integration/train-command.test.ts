import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractorDigest, loadPack } from '../../src/model/index.js';
import { bundledPackFolder } from '../../src/model/pack/pack-shelf.js';
import { readSafetensors } from '../../src/model/weights/safetensors.js';
import type { EpochRow } from '../../src/training/run/index.js';
import { LABELS } from '../../src/core/labels.js';
import { type EvokedRun, runEvoked, spawnEvoked } from '../fixtures/run-evoked.js';
import { type MadeUpFiles, writeMadeUpDataset } from '../training/run/made-up-dataset.js';

const TINY = [
  '--channels',
  '4',
  '--stacks',
  '1',
  '--levels',
  '2',
  '--hidden',
  '4',
  '--accumulate',
  '2',
  '--init',
  'he',
];

let folder: string;
let train: MadeUpFiles;
let val: MadeUpFiles;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-train-command-'));
  const pack = await loadPack(bundledPackFolder());
  const extractor = await extractorDigest(pack, 'visual');
  const base = { folder, extractor, numRows: 40, dims: { visual: 1280, audio: 16 } };
  train = await writeMadeUpDataset({ ...base, seed: 'train', numVideos: 6 });
  val = await writeMadeUpDataset({ ...base, seed: 'val', numVideos: 2 });
});
afterAll(() => rm(folder, { recursive: true }));

function dataFlags(): string[] {
  const validation = ['--val-labels', val.labels, '--val-features', val.features];
  return ['--labels', train.labels, '--features', train.features, ...validation];
}

function evokedTrain(out: string, ...args: string[]): Promise<EvokedRun> {
  return runEvoked('train', '--out', out, ...args);
}

/** Ends `evoked train` by a signal as soon as it has told `epoch`: with many epochs to come it is in the next one then. */
async function stoppedAfter(
  epoch: number,
  signal: NodeJS.Signals,
  args: readonly string[],
): Promise<EvokedRun> {
  const { child, ended } = spawnEvoked('train', ...args);
  let told = '';
  child.stdout!.on('data', (text: string) => {
    told += text;
    if (told.includes(`epoch ${epoch}/`)) child.kill(signal);
  });
  return ended;
}

async function towerBytes(out: string): Promise<Buffer> {
  return readFile(join(out, 'tower.safetensors'));
}

describe('evoked train', () => {
  const whole = (): string => join(folder, 'whole');
  const options = (): string[] => [
    ...dataFlags(),
    '-m',
    'visual',
    '--epochs',
    '16',
    '--dropout',
    '0.2',
    ...TINY,
  ];

  it('trains, tells each epoch, and writes a tower, a log and a report that loads nothing', async () => {
    const sentence = 'Made-up sines & noise, by a <test>.';
    const { code, stdout, stderr } = await evokedTrain(whole(), ...options(), '--trained-on', sentence);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^computing with (wasm|tfjs-node)/m);
    expect(stdout).toMatch(/^epoch 16\/16 · loss \d+\.\d+ · validation \d+\.\d+ · M_rho .* · \d+\.\d s$/m);
    const log = (await readFile(join(whole(), 'log.jsonl'), 'utf8')).trim().split('\n');
    const rows = log.map((line) => JSON.parse(line) as EpochRow);
    expect(rows).toHaveLength(16);
    expect(rows.at(-1)!.trainLoss).toBeLessThan(rows[0]!.trainLoss);
    const page = await readFile(join(whole(), 'report.html'), 'utf8');
    expect(page.match(/<svg/g)).toHaveLength(2);
    expect(page).toContain('Made-up sines &amp; noise, by a &lt;test&gt;.');
    expect(page).not.toMatch(/https?:|src=|<script|@import|url\(/);
    for (const label of LABELS) expect(page).toContain(label);
  });

  it('becomes a pack that scores', async () => {
    const env = join(folder, 'home');
    process.env.EVOKED_HOME = env;
    try {
      const tower = join(whole(), 'tower.safetensors');
      const imported = await runEvoked(
        ...['packs', 'import', '--name', 'mine', '--base', bundledPackFolder(), '--licence', 'MIT'],
        ...['--visual-head', tower, '--json'],
      );
      expect(imported.code, imported.stderr).toBe(0);
      const shown = await runEvoked('packs', 'show', 'mine', '--json');
      const { manifest } = JSON.parse(shown.stdout) as { manifest: object };
      expect(manifest).toMatchObject({
        trainedOn: expect.stringContaining('Made-up sines') as string,
        visual: { tower: { scale: 10, position: { maxSeconds: 39 / 6 } } },
      });
      const scored = await runEvoked('score', 'film:1', '--limit', '1', '--pack', 'mine');
      expect(scored.code, scored.stderr).toBe(0);
      expect(scored.stdout.trim().split('\n')).toHaveLength(7);
    } finally {
      delete process.env.EVOKED_HOME;
    }
  });

  it('killed in the middle of an epoch, goes on to the very same weights', async () => {
    const out = join(folder, 'killed');
    const args = ['--out', out, ...options(), '--trained-on', 'Made-up sines & noise, by a <test>.'];
    expect((await stoppedAfter(2, 'SIGKILL', args)).code).toBeNull();
    expect((await stoppedAfter(5, 'SIGKILL', ['--out', out, '--resume'])).code).toBeNull();
    const { code, stderr, stdout } = await evokedTrain(out, '--resume');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/going on after epoch \d+ of 16/);
    expect(await towerBytes(out)).toEqual(await towerBytes(whole()));
  });

  it('interrupted, says what is kept and how to go on', async () => {
    const out = join(folder, 'interrupted');
    const { code, stderr } = await stoppedAfter(2, 'SIGINT', ['--out', out, ...options()]);
    expect(code).toBe(1);
    const line = stderr.trim().split('\n').at(-1)!;
    expect(line).toMatch(
      /^ERR_INTERRUPTED: interrupted by SIGINT after epoch \d+ of 16, which is kept; go on with: evoked train --out .* --resume$/,
    );
    const epoch = Number(/after epoch (\d+)/.exec(line)![1]);
    const { metadata } = await readSafetensors(join(out, 'checkpoint.safetensors'));
    // One more epoch may have become whole after its line was read.
    expect((JSON.parse(metadata.get('rows')!) as unknown[]).length).toBeGreaterThanOrEqual(epoch);
    const other = await evokedTrain(out, '--resume', '--dropout', '0.1');
    expect(other).toMatchObject({ code: 1, stdout: expect.not.stringContaining('epoch') as string });
    expect(other.stderr.trim()).toMatch(
      /^ERR_TRAINING_RESUME: .*--dropout is another; got 0\.1; expected 0\.2$/,
    );
  });

  it('fails in one line', async () => {
    const fails = async (code: number, line: RegExp, ...args: string[]): Promise<void> => {
      const run = await evokedTrain(...(args as [string, ...string[]]));
      expect(run.code, run.stderr).toBe(code);
      expect(run.stderr.trim().split('\n').at(-1)).toMatch(line);
    };
    const out = join(folder, 'failing');
    await fails(2, /^ERR_USAGE: .* holds another run; .*--resume$/, whole(), ...options());
    await fails(2, /^\(add --help/, out, '--dropout', '1.5');
    const lock = join(whole(), 'training.lock');
    await writeFile(lock, `${process.pid}`);
    await fails(1, /^ERR_TRAINING_BUSY: .*process \d+/, whole(), '--resume');
    await rm(lock);
  });

  it('trains the rows of the paper’s table, resumably, beside the published figures', async () => {
    const out = join(folder, 'table');
    const args = ['--recipe', 'paper-table-1', ...dataFlags(), '--epochs', '1', ...TINY];
    const { code, stdout, stderr } = await evokedTrain(out, ...args, '--json');
    expect(code, stderr).toBe(0);
    const table = JSON.parse(stdout) as {
      rows: { title: string; published: number; mRho: number }[];
      note: string;
    };
    expect(table.rows.map(({ published }) => published)).toEqual([
      0.03713, 0.04919, -0.00655, 0.05477, 0.04371, 0.05315,
    ]);
    for (const { mRho } of table.rows) expect(Math.abs(mRho)).toBeLessThanOrEqual(1);
    expect(table.note).toContain('private test set of EEV');
    const again = await evokedTrain(out, ...args, '--resume');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toMatch(/audio, position, dropout 0\.2 +\S+ +\S+ +0\.05477/);
    expect(again.stdout).not.toContain('epoch 1/1');
  });
});

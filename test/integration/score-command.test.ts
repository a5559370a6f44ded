import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LABELS } from '../../src/core/labels.js';
import { loadPack } from '../../src/model/index.js';
import { makeMp4 } from '../fixtures/media.js';
import { runEvoked, spawnEvoked } from '../fixtures/run-evoked.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-score-'));
});
afterEach(() => rm(folder, { recursive: true }));

interface ScoreLine {
  readonly seq: number;
  readonly ptsUs: number;
  readonly scores: number[];
  readonly visual: number[] | null;
  readonly audio: number[] | null;
  readonly flags: string[];
}

async function scoreLines(media: string, told = 'trained on: synthetic films'): Promise<ScoreLine[]> {
  const { code, stdout, stderr } = await runEvoked('score', media, '--format', 'jsonl');
  expect(stderr).toContain(told);
  expect(code).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ScoreLine);
}

describe('evoked score', () => {
  it('scores every sixth of a second of an MP4, the same each time', async () => {
    const media = await makeMp4({ seconds: 4, width: 640, height: 360, texture: true, bFrames: 2 });
    const { ensemble: share } = (await loadPack()).manifest;
    const lines = await scoreLines(media);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 24 }, (_, index) => index));
    for (const { scores, visual, audio } of lines) {
      expect(scores).toHaveLength(15);
      scores.forEach((value, index) => {
        expect(value).toBeCloseTo(
          share.visual * (visual?.[index] ?? NaN) + share.audio * (audio?.[index] ?? NaN),
          5,
        );
      });
    }
    expect(await scoreLines(media)).toEqual(lines);
    expect(new Set(lines.map(({ scores }) => JSON.stringify(scores))).size).toBe(24);
  });

  it('lets one modality count alone where the other is missing', async () => {
    const [silent, dark] = await Promise.all([
      makeMp4({ seconds: 2, audio: false }),
      makeMp4({ seconds: 2, video: false, name: 'sound.m4a' }),
    ]);
    for (const { visual, audio, scores, flags } of await scoreLines(
      silent,
      '12 scores · no sound: the picture alone · pack ',
    )) {
      expect(audio).toBeNull();
      expect(scores).toEqual(visual);
      expect(flags).toContain('visual-only');
    }
    for (const { visual, audio, scores, flags } of await scoreLines(
      dark,
      '12 scores · no picture: the sound alone · pack ',
    )) {
      expect(visual).toBeNull();
      expect(scores).toEqual(audio);
      expect(flags).toContain('audio-only');
    }
  });

  it('writes CSV, and stops at --limit', async () => {
    const out = join(folder, 'scores.csv');
    const { code } = await runEvoked('score', 'film:7', '--limit', '2', '--out', out);
    expect(code).toBe(0);
    const lines = (await readFile(out, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe(`YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}`);
    expect(lines).toHaveLength(13);
    expect(await readdir(folder)).toEqual(['scores.csv']);
  });

  it.each([
    ['no such file', '/no/such/file.mp4', 'ERR_SOURCE_UNREACHABLE'],
    ['an unknown scheme', 'gopher://example/1', 'ERR_SOURCE_URL'],
  ])('says in one coded line that there is %s', async (_, media, code) => {
    const run = await runEvoked('score', media, '--out', join(folder, 'scores.csv'));
    expect(run.code).toBe(1);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.stderr).toMatch(new RegExp(`^${code}: `));
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses what is no media', async () => {
    const media = join(folder, 'letter.mp4');
    await writeFile(media, 'Dear Sir or Madam, '.repeat(1000));
    const run = await runEvoked('score', media);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^ERR_SOURCE_NOT_MEDIA: /);
  });

  it('leaves an older file, and nothing else, when it is interrupted', async () => {
    const out = join(folder, 'scores.csv');
    await writeFile(out, 'old');
    const { child, ended } = spawnEvoked('score', 'film:1', '--limit', '100000', '--out', out);
    // The pack is named once the media is open.
    await once(child.stderr!, 'data');
    expect(await readdir(folder)).toHaveLength(2);
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERR_INTERRUPTED: /m);
    expect(await readFile(out, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['scores.csv']);
  });

  it('says in one line that there is no such pack, and writes nothing', async () => {
    const out = join(folder, 'scores.csv');
    const run = await runEvoked(
      'score',
      'film:1',
      '--limit',
      '1',
      '--pack',
      join(folder, 'none'),
      '--out',
      out,
    );
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^ERR_MODEL_PACK: .*\n$/);
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells wrong usage by exit code 2', async () => {
    expect((await runEvoked('score')).code).toBe(2);
    expect(await runEvoked('score', 'film:1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--limit') as string,
    });
    expect((await runEvoked('score', 'film:1', '--limit', 'x')).code).toBe(2);
    expect((await runEvoked('score', 'film:1', '--format', 'parquet')).code).toBe(2);
    const sheet = await runEvoked('score', 'film:1', '--limit', '1', '--out', join(folder, 'scores.xlsx'));
    expect(sheet).toMatchObject({ code: 2, stdout: '' });
    expect(sheet.stderr).toMatch(
      /names no format; got \.xlsx; expected \.csv, \.jsonl, \.parquet, or --format/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});

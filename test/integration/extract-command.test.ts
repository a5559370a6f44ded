import { copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LABELS } from '../../src/core/labels.js';
import { readSafetensors, type SafetensorsFile } from '../../src/model/weights/safetensors.js';
import { decodeChildren } from '../fixtures/decode-children.js';
import { makeMp4 } from '../fixtures/media.js';
import { runEvoked, spawnEvoked } from '../fixtures/run-evoked.js';
import { tinyAudioNetwork } from '../model/audio/onnx-network.js';

let folder: string;
let out: string;
let network: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-extract-'));
  network = join(folder, 'tiny.onnx');
  await writeFile(network, tinyAudioNetwork({ input: ['N', 96, 64], reduce: 'logmel' }));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => (out = join(folder, 'features')));
afterEach(() => rm(out, { recursive: true, force: true }));

interface Report {
  readonly numWritten: number;
  readonly numKept: number;
  readonly failed: readonly { readonly id: string; readonly code: string; readonly message: string }[];
  readonly idsWithoutLabels?: readonly string[];
  readonly idsWithoutVideo?: readonly string[];
  readonly mediaSeconds: number;
  readonly extractors: Readonly<Record<string, string>>;
}

async function extract(...flags: string[]): Promise<Report & { readonly code: number | null }> {
  const { code, stdout, stderr } = await runEvoked('extract', ...flags, '--out', out, '--json');
  expect(stderr).toBe('');
  return { ...(JSON.parse(stdout) as Report), code };
}

/** With a network that takes no time: what is tested is what happens around it. */
const extractTiny = (...flags: string[]): ReturnType<typeof extract> =>
  extract('--audio-extractor', network, ...flags);
const featureFile = (id: string): Promise<SafetensorsFile> => readSafetensors(join(out, `${id}.safetensors`));
const secondsOf = (count: number): Float64Array => Float64Array.from({ length: count }, (_, k) => k / 6);

function largestDifference(file: SafetensorsFile, other: SafetensorsFile, name: string): number {
  const [a, b] = [
    file.tensors.get(name)!.data as Float32Array,
    other.tensors.get(name)!.data as Float32Array,
  ];
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}

describe('evoked extract', () => {
  it("writes what the pack's networks say, the same on any number of threads, and keeps it", async () => {
    const films = ['--films', 'extract', '--count', '2', '--seconds', '2.5'];
    const first = await extract(...films, '--workers', '2');
    expect(first).toMatchObject({ code: 0, numWritten: 2, numKept: 0, failed: [], mediaSeconds: 5 });
    const film = await featureFile('extract-1');
    expect([...film.tensors.keys()].toSorted()).toEqual(['audio', 'seconds', 'visual']);
    expect(film.tensors.get('visual')!.shape).toEqual([15, 1280]);
    expect(film.tensors.get('audio')!.shape).toEqual([15, 2048]);
    expect(film.tensors.get('seconds')!.data).toEqual(secondsOf(15));
    expect(Object.fromEntries(film.metadata)).toMatchObject({
      source: 'film:extract-1',
      limitSeconds: '2.5',
      visualExtractor: first.extractors['visual'],
      audioExtractor: first.extractors['audio'],
    });

    const alone = join(folder, 'alone.safetensors');
    await runEvoked('features', 'film:extract-1', '--limit', '2.5', '--out', alone);
    expect(largestDifference(film, await readSafetensors(alone), 'visual')).toBeLessThan(1e-5);
    expect(largestDifference(film, await readSafetensors(alone), 'audio')).toBeLessThan(1e-5);

    await rm(join(out, 'extract-1.safetensors'));
    const kept = await stat(join(out, 'extract-0.safetensors'));
    expect(await extract(...films, '--workers', '1')).toMatchObject({ code: 0, numWritten: 1, numKept: 1 });
    expect((await stat(join(out, 'extract-0.safetensors'))).mtimeMs).toBe(kept.mtimeMs);
    expect((await featureFile('extract-1')).tensors).toEqual(film.tensors);
  });

  it('reports what it cannot read, and writes everything else', async () => {
    const media = join(folder, 'media');
    await mkdir(join(media, 'deeper'), { recursive: true });
    await copyFile(await makeMp4({ seconds: 2, texture: true }), join(media, 'whole.mp4'));
    await copyFile(await makeMp4({ seconds: 1, video: false, name: 'sound.mkv' }), join(media, 'sound.mkv'));
    await copyFile(await makeMp4({ seconds: 1, audio: false }), join(media, 'silent.mp4'));
    await writeFile(join(media, 'letter.mp4'), 'Dear Sir or Madam, '.repeat(1000));
    await writeFile(join(media, 'notes.txt'), 'no media');
    const report = await extractTiny(media);
    expect(report).toMatchObject({ code: 1, numWritten: 2 });
    expect(report.failed.map(({ id, code }) => [id, code])).toEqual(
      expect.arrayContaining([
        ['letter', 'ERR_SOURCE_NOT_MEDIA'],
        ['silent', 'ERR_SOURCE_NO_TRACKS'],
      ]),
    );
    expect((await readdir(out)).toSorted()).toEqual(['sound.safetensors', 'whole.safetensors']);
    const whole = await featureFile('whole');
    expect([...whole.tensors.keys()].toSorted()).toEqual(['audio', 'seconds']);
    expect(whole.tensors.get('seconds')!.data).toEqual(secondsOf(12));
    expect(whole.metadata.get('source')).toBe('whole.mp4');

    await writeFile(join(out, 'whole.safetensors.partial-999999999'), 'a run was killed here');
    const again = await runEvoked('extract', media, '--audio-extractor', network, '--out', out);
    expect(again).toMatchObject({ code: 1, stdout: '' });
    expect(again.stderr).toMatch(/^ERR_SOURCE_NOT_MEDIA: letter: /m);
    expect(again.stderr).toMatch(/^0 feature files written · 2 kept · 2 FAILED · /m);
    expect(await readdir(out)).toHaveLength(2);
  });

  it('does not mix features by different networks, unless it is to replace them', async () => {
    const film = ['--films', 'mixed', '--count', '1', '--seconds', '0.5'];
    await extractTiny(...film);
    const before = await featureFile('mixed-0');
    const other = join(folder, 'other.onnx');
    await writeFile(other, tinyAudioNetwork({ input: ['N', 16000], reduce: 'waveform' }));
    const flags = ['extract', ...film, '--audio-extractor', other, '--out', out];
    const run = await runEvoked(...flags);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^ERR_FILE_FORMAT: .*holds features by other networks.*--overwrite\n$/);
    expect((await featureFile('mixed-0')).tensors).toEqual(before.tensors);
    expect((await runEvoked(...flags, '--overwrite')).code).toBe(0);
    expect((await featureFile('mixed-0')).tensors).not.toEqual(before.tensors);
  });

  it('takes the videos that labels name, and tells which ones have no counterpart', async () => {
    const labels = join(folder, 'labels.csv');
    const row = (id: string): string => `${id},0,${LABELS.map(() => '0.5').join(',')}\n`;
    const header = `YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}\n`;
    await writeFile(labels, header + row('named-1') + row('gone'));
    const films = ['--films', 'named', '--count', '2', '--seconds', '0.5'];
    expect(await extractTiny(...films, '--labels', labels)).toMatchObject({
      code: 0,
      numWritten: 1,
      idsWithoutLabels: ['named-0'],
      idsWithoutVideo: ['gone'],
    });
    expect(await readdir(out)).toEqual(['named-1.safetensors']);
  });

  it('ends with a coded line where a file cannot be written, and leaves nothing half-written', async () => {
    await mkdir(join(out, 'blocked-0.safetensors'), { recursive: true });
    const run = await runEvoked(
      ...['extract', '--films', 'blocked', '--count', '1', '--seconds', '0.5'],
      ...['--audio-extractor', network, '--out', out],
    );
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^ERR_FILE_WRITE: .*blocked-0\.safetensors.*\n$/);
    expect(await readdir(out)).toEqual(['blocked-0.safetensors']);
  });

  it('tells wrong usage by exit code 2', async () => {
    expect((await runEvoked('extract', 'film:1', '--limit', '1')).code).toBe(2);
    expect((await runEvoked('extract', 'film:1', '--out', out)).code).toBe(2);
    expect((await runEvoked('extract', '--films', 'a', '--count', '1', '--out', out)).code).toBe(2);
  });
});

describe('evoked extract that is disturbed', () => {
  const endless = ['film:endless', '--limit', '100000'];
  let short: string;
  beforeAll(async () => {
    short = join(folder, 'short.mp4');
    await copyFile(await makeMp4({ seconds: 2 }), short);
  });

  async function startEndless(): Promise<ReturnType<typeof spawnEvoked>> {
    const flags = ['--audio-extractor', network, '--workers', '2', '--out', out];
    const run = spawnEvoked('extract', short, ...endless, ...flags);
    await vi.waitFor(async () => expect(await readdir(out)).toEqual(['short.safetensors']), {
      timeout: 20_000,
    });
    return run;
  }

  it('keeps what is whole when it is interrupted, and goes on from there', async () => {
    const { child, ended } = await startEndless();
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERR_INTERRUPTED: .*after 1 feature files/m);
    expect(await readdir(out)).toEqual(['short.safetensors']);
    expect(await extractTiny(short, '--limit', '100000')).toMatchObject({ numWritten: 0, numKept: 1 });
  });

  it('reports a video whose decode child is killed, and keeps the others', async () => {
    const { child, ended } = await startEndless();
    const children = decodeChildren(child.pid!);
    expect(children).toHaveLength(1);
    process.kill(children[0]!, 'SIGKILL');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERR_DECODE_CRASHED: endless: /m);
    expect(stderr).toMatch(/^1 feature files written · 1 FAILED · /m);
    expect(await readdir(out)).toEqual(['short.safetensors']);
  });
});

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS } from '../../src/core/labels.js';
import { writeSafetensors } from '../../src/model/weights/safetensors-writer.js';
import { readSafetensors } from '../../src/model/weights/safetensors.js';
import { float32Tensor, requireFloats, type Tensor } from '../../src/model/weights/tensor.js';
import type { Evaluation } from '../../src/training/evaluation/index.js';
import { runEvoked } from '../fixtures/run-evoked.js';
import { goldenTower, relativeDifference } from '../model/tower/golden-tower.js';
import { eevRow, HEADER, writeEev } from '../training/dataset/eev-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-evaluation-'));
});
afterAll(() => rm(folder, { recursive: true }));

const inFolder = (name: string) => join(folder, name);
const timeUs = (segment: number) => Math.ceil((segment * 1e6) / 6);

function rowsOf(id: string, length: number, curve: (segment: number, label: number) => number): string[] {
  return Array.from({ length }, (_, segment) =>
    eevRow(
      id,
      timeUs(segment),
      LABELS.map((_label, label) => curve(segment, label)),
    ),
  );
}

const wave = (segment: number, label: number) => 0.5 + 0.4 * Math.sin((segment * (label + 1)) / 7);
/** The values of each line after the header, by id and time. */
const valuesOf = (csv: string): Map<string, number[]> =>
  new Map(
    csv
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([id, time, ...values]) => [`${id} ${time}`, values.map(Number)]),
  );

describe('evoked evaluate', () => {
  it('prints M_rho both ways, and all of it as JSON', async () => {
    const ids = ['a', 'b', 'c'];
    const labels = await writeEev(
      folder,
      'labels.csv',
      [...ids, 'silent'].flatMap((id) => rowsOf(id, 60, wave)),
    );
    // Perfect but for amusement, which is constant, and for c, which is upside down.
    const scores = await writeEev(
      folder,
      'scores.csv',
      ids.flatMap((id) =>
        rowsOf(id, 50, (segment, label) =>
          label === 0 ? 0.1 : (id === 'c' ? -1 : 1) * wave(segment, label),
        ),
      ),
    );
    const run = await runEvoked('evaluate', '--labels', labels, '--scores', scores);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain('M_rho 0.2444 (95 % ');
    expect(run.stdout).toContain('M_rho 0.3333 (95 % ');
    expect(run.stdout).toContain('over the correlations that are defined: 42 of 45');
    expect(run.stdout).toContain('over 3 of 4 annotated videos, 150 of 180 annotated steps');
    expect(run.stdout).toMatch(/amusement +-1\.0000 +- +3 videos/);
    expect(run.stdout).toContain('1 annotated without scores: silent');
    expect(run.stdout).toContain('0.037 to 0.055');

    const json = await runEvoked('evaluate', '--labels', labels, '--scores', scores, '--json', '--seed', '3');
    const evaluation = JSON.parse(json.stdout) as Evaluation;
    // Each good video has 14 correlations of 1 and one that is not defined, the third one 14 of -1.
    expect(evaluation.asAuthors.mRho).toBeCloseTo((2 * (13 / 15) + -1) / 3, 6);
    expect(evaluation.definedOnly!.mRho).toBeCloseTo(1 / 3, 6);
    expect(evaluation.videos).toHaveLength(3);
    expect(evaluation.videos[0]!.correlations).toHaveLength(15);
  });

  it('ends with one line and 1 or 2 where something is wrong', async () => {
    const labels = await writeEev(folder, 'fine.csv', rowsOf('a', 3, wave));
    const narrow = inFolder('narrow.csv');
    await writeFile(narrow, HEADER.replace(',awe', '') + '\n');
    const run = await runEvoked('evaluate', '--labels', labels, '--scores', narrow);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /^ERR_FILE_FORMAT: .*narrow\.csv, line 1: columns are missing; got missing: awe/,
    );
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect((await runEvoked('evaluate', '--labels', labels)).code).toBe(2);
    expect((await runEvoked('evaluate', '--labels', labels, '--scores', labels, '--seed', 'x')).code).toBe(2);
  });
});

describe('evoked ensemble', () => {
  it('writes equation 5, and a submission where that is wanted', async () => {
    const visual = await writeEev(folder, 'visual.csv', [eevRow('a', 0, [0.5]), eevRow('a', 166_667, [0.7])]);
    const audio = inFolder('audio');
    await mkdir(audio);
    await writeEev(audio, 'a.csv', [eevRow('a', 0, [1])]);
    await writeEev(audio, 'b.csv', [eevRow('b', 0, [0.3])]);
    const out = inFolder('ensemble.csv');
    const run = await runEvoked('ensemble', '--visual', visual, '--audio', audio, '--out', out);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain('3 rows of 2 videos · 1 visual alone · 1 audio alone');
    const csv = await readFile(out, 'utf8');
    expect(csv.split('\n')[0]).toBe(HEADER);
    const values = valuesOf(csv);
    expect([...values].map(([row, scores]) => [row, scores[0]])).toEqual([
      ['a 0', 0.6],
      ['a 166667', 0.7],
      ['b 0', 0.3],
    ]);
    const files = ['--visual', visual, '--audio', audio, '--out', out];
    expect((await runEvoked('ensemble', ...files, '--lambda', '0', '--submission')).code).toBe(0);
    const submission = await readFile(out, 'utf8');
    expect(submission.split('\n')[0]).toBe(HEADER.replace('YouTube ID', 'Video ID'));
    expect(valuesOf(submission).get('a 0')![0]).toBe(1);
    expect((await runEvoked('ensemble', ...files, '--lambda', '1.5')).code).toBe(2);
  });

  it('leaves an earlier file as it was where something is wrong', async () => {
    const visual = await writeEev(folder, 'good.csv', rowsOf('a', 3, wave));
    const audio = await writeEev(folder, 'bad.csv', [eevRow('a', 0), eevRow('a', 0)]);
    const out = inFolder('earlier.csv');
    await writeFile(out, 'earlier');
    const run = await runEvoked('ensemble', '--visual', visual, '--audio', audio, '--out', out);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('timestamp 0 is there twice');
    expect(await readFile(out, 'utf8')).toBe('earlier');
    expect((await readdir(folder)).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describe('evoked temporal over a folder', () => {
  const golden = goldenTower('small');
  const { width } = golden.config;

  /** The golden rows, those that `keep` lets pass. */
  async function writeVideo(path: string, keep: (row: number) => boolean, digest: string, fill?: number) {
    const rows = Array.from({ length: golden.numSteps }, (_, row) => row).filter(keep);
    const data = new Float32Array(rows.length * width);
    const seconds = new Float64Array(rows.length);
    for (const [index, row] of rows.entries()) {
      const step = golden.x.subarray(row * (width + 1), (row + 1) * (width + 1));
      data.set(
        fill === undefined ? step.subarray(0, width) : new Float32Array(width).fill(fill),
        index * width,
      );
      seconds[index] = Math.round(step[width]! * 6) / 6;
    }
    const tensors = new Map<string, Tensor>([
      ['audio', float32Tensor([rows.length, width], data)],
      ['seconds', { dtype: 'F64', shape: [rows.length], data: seconds }],
    ]);
    await writeSafetensors(path, tensors, new Map([['audioExtractor', digest]]));
    return seconds;
  }

  it('gives what the files alone give, as one CSV', async () => {
    const features = inFolder('features');
    await mkdir(features);
    const head = inFolder('head.safetensors');
    await writeSafetensors(head, golden.tensors, new Map([['extractor', 'abc']]));
    const seconds = await writeVideo(join(features, 'whole.safetensors'), () => true, 'abc');
    await writeVideo(join(features, 'half.safetensors'), (row) => row < 100, 'abc');
    await writeVideo(join(features, 'void.safetensors'), () => true, 'abc', NaN);
    const run = (path: string, out: string, ...more: string[]) =>
      runEvoked(
        'temporal',
        '--head',
        head,
        '--features',
        path,
        '-m',
        'audio',
        '--raw',
        '--out',
        out,
        ...more,
      );

    const csv = inFolder('temporal.csv');
    const all = await run(features, csv);
    expect(all.code, all.stderr).toBe(0);
    expect(all.stderr).toContain(`${golden.numSteps + 100} rows of 2 videos`);
    expect(all.stderr).toContain('skipped void: its features are not all numbers');
    const values = valuesOf(await readFile(csv, 'utf8'));
    const scores = Array.from(seconds, (second) => values.get(`whole ${timeUs(Math.round(second * 6))}`)!);
    expect(relativeDifference(scores.flat(), golden.scores)).toBeLessThan(2e-4);
    expect(values.get('half 0')).toEqual(values.get('whole 0'));

    // Every second annotation: the file that has only those rows gives the same scores.
    const kept = Array.from(seconds).filter((_, row) => row % 2 === 0);
    const labels = await writeEev(
      folder,
      'half-labels.csv',
      kept.map((second) => eevRow('whole', Math.floor(second * 1e6 + 0.5))),
    );
    const annotated = await run(features, csv, '--labels', labels);
    expect(annotated.code, annotated.stderr).toBe(0);
    expect(annotated.stderr).toContain(`${kept.length} rows of 1 videos`);
    expect(annotated.stderr).toContain('2 without annotations left out');
    const thinned = inFolder('thinned.safetensors');
    await writeVideo(thinned, (row) => row % 2 === 0, 'abc');
    const [alone, asked] = [inFolder('alone.safetensors'), inFolder('asked.safetensors')];
    expect((await run(thinned, alone)).code).toBe(0);
    const single = await run(join(features, 'whole.safetensors'), asked, '--labels', labels);
    expect(single.code, single.stderr).toBe(0);
    const expected = requireFloats((await readSafetensors(alone)).tensors, 'scores', [kept.length, 15]);
    const got = [...valuesOf(await readFile(csv, 'utf8')).values()].flat();
    expect(relativeDifference(got, expected)).toBeLessThan(1e-4);
    const same = requireFloats((await readSafetensors(asked)).tensors, 'scores', [kept.length, 15]);
    expect(relativeDifference(same, expected)).toBe(0);
    expect(relativeDifference(expected, golden.scores.slice(0, expected.length))).toBeGreaterThan(1e-2);

    await writeVideo(join(features, 'other.safetensors'), () => true, 'def');
    const mixed = await run(features, csv);
    expect(mixed.code).toBe(1);
    expect(mixed.stderr).toMatch(/^ERR_FILE_FORMAT: .*def/m);
    const wrong = await run(features, inFolder('temporal.safetensors'));
    expect(wrong.code).toBe(2);
  });
});

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LABELS } from '../../src/core/labels.js';
import { segmentMiddleUs, segmentStartUs } from '../../src/core/time-grid.js';
import { createFilm, FILM_HEIGHT, FILM_WIDTH } from '../../src/streams/film/film.js';
import { letterboxRgb, planLetterbox } from '../../src/streams/picture/letterbox.js';
import { decodeAll, type Decoded, fileOptions, joinAudio } from '../fixtures/decode.js';
import { runEvoked, spawnEvoked } from '../fixtures/run-evoked.js';

const SECONDS = 8;
const NUM_SEGMENTS = SECONDS * 6;
const FLAGS = ['--seed', 'aligned', '--seconds', String(SECONDS)];

let folder: string;
let films: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-films-'));
  films = join(folder, 'films');
  const run = await runEvoked('films', ...FLAGS, '--count', '2', '--out', films, '--json');
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(run.stdout)).toMatchObject({ numWritten: 2, numKept: 0, mediaSeconds: 2 * SECONDS });
});
afterAll(() => rm(folder, { recursive: true }));

/** `[segment][column]` of one film. */
async function labelRows(seed: string): Promise<number[][]> {
  const lines = (await readFile(join(films, 'labels.csv'), 'utf8')).trimEnd().split('\n');
  expect(lines[0]).toBe(`YouTube ID,Timestamp (milliseconds),${LABELS.join(',')}`);
  return lines
    .filter((line) => line.startsWith(`${seed},`))
    .map((line) => line.split(',').slice(1).map(Number));
}

function difference(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / a.length;
}

/** Lag in samples at which `heard` fits `meant` best. */
function lagOf(meant: Float32Array, heard: Float32Array, maxLag: number): number {
  let best = { lag: 0, product: -Infinity };
  for (let lag = -maxLag; lag <= maxLag; lag++) {
    let product = 0;
    for (let i = maxLag; i < meant.length - maxLag; i++) product += meant[i]! * heard[i + lag]!;
    if (product > best.product) best = { lag, product };
  }
  return best.lag;
}

describe('evoked films --labels-only', () => {
  it('writes the same labels without a film', async () => {
    const out = join(folder, 'labels-only');
    const run = await runEvoked('films', ...FLAGS, '--count', '2', '--labels-only', '--out', out);
    expect(run.code).toBe(0);
    expect(await readdir(out)).toEqual(['labels.csv']);
    expect(await readFile(join(out, 'labels.csv'), 'utf8')).toBe(
      await readFile(join(films, 'labels.csv'), 'utf8'),
    );
  });
});

describe('the films of evoked films', () => {
  const film = createFilm('aligned-1');
  let decoded: Decoded;
  beforeAll(async () => {
    decoded = await decodeAll(fileOptions(join(films, 'aligned-1.mp4')));
    expect(decoded.error).toBeNull();
  });

  it('have one frame in the very middle of each segment, and it shows what the film shows then', () => {
    expect(decoded.frames.map(({ ptsUs }) => ptsUs)).toEqual(
      Array.from({ length: NUM_SEGMENTS }, (_, k) => expect.closeTo(segmentMiddleUs(k), -1) as number),
    );
    const plan = planLetterbox(FILM_WIDTH, FILM_HEIGHT);
    const meant = Array.from({ length: NUM_SEGMENTS }, (_, k) => {
      const { rgb } = film.frameAt((2 * k + 1) / 12);
      return letterboxRgb({ data: rgb, stride: FILM_WIDTH * 3 }, plan);
    });
    decoded.frames.forEach(({ rgb }, k) => expect(difference(rgb, meant[k]!)).toBeLessThan(4));
    // Each cut is in its segment: what is shown differs more from its neighbour than from what is meant.
    const cuts = meant.flatMap((each, k) => (k > 0 && difference(each, meant[k - 1]!) > 20 ? [k] : []));
    expect(cuts.length).toBeGreaterThan(0);
    for (const k of cuts) expect(difference(decoded.frames[k]!.rgb, meant[k - 1]!)).toBeGreaterThan(16);
  });

  it('let hear what the film lets hear, to the sample', () => {
    const heard = joinAudio(decoded.audio);
    expect(decoded.audio[0]?.startSample).toBe(0);
    expect(heard.length).toBeGreaterThanOrEqual(SECONDS * 16_000);
    for (const start of [0, 2, 4, 6]) {
      const meant = film.audio(start * 16_000, 24_000);
      const lag = lagOf(meant, heard.subarray(start * 16_000, start * 16_000 + 24_000), 100);
      expect(Math.abs(lag)).toBeLessThanOrEqual(1);
    }
  });

  it('are labelled at the end of each segment, with zeros where they are not annotated', async () => {
    const rows = await labelRows('aligned-1');
    expect(rows).toHaveLength(NUM_SEGMENTS);
    rows.forEach(([timeUs, ...values], k) => {
      expect(timeUs).toBe(segmentStartUs(k));
      const seconds = (k + 1) / 6;
      const meant = film.isAnnotatedAt(seconds) ? film.designedAt(seconds) : LABELS.map(() => 0);
      values.forEach((value, label) => expect(value).toBeCloseTo(meant[label]!, 6));
    });
  });
});

describe('evoked films', () => {
  it('keeps films that are there, makes those that are missing, and labels all of them', async () => {
    const before = await stat(join(films, 'aligned-0.mp4'));
    await rm(join(films, 'aligned-1.mp4'));
    await writeFile(join(films, 'aligned-1.mp4.partial-999999999'), 'a run was killed here');
    const run = await runEvoked('films', ...FLAGS, '--count', '1', '--first', '1', '--out', films, '--json');
    expect(JSON.parse(run.stdout)).toMatchObject({ numWritten: 1, numKept: 0 });
    expect((await stat(join(films, 'aligned-0.mp4'))).mtimeMs).toBe(before.mtimeMs);
    expect((await readdir(films)).toSorted()).toEqual([
      'aligned-0.mp4',
      'aligned-1.mp4',
      'films.json',
      'labels.csv',
    ]);
    expect(await labelRows('aligned-0')).toHaveLength(NUM_SEGMENTS);
    expect(await labelRows('aligned-1')).toHaveLength(NUM_SEGMENTS);
  });

  it('does not mix films of different lengths', async () => {
    const run = await runEvoked('films', '--seed', 'a', '--count', '1', '--seconds', '1', '--out', films);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toMatch(/^ERR_FILE_FORMAT: .*holds other films.*\n$/);
  });

  it('leaves whole films only when it is interrupted', async () => {
    const out = join(folder, 'interrupted');
    const { child, ended } = spawnEvoked(
      ...['films', '--seed', 'long', '--count', '2', '--seconds', '600', '--out', out],
    );
    await vi.waitFor(
      async () => expect((await readdir(out)).filter((name) => name.includes('partial'))).toHaveLength(2),
      { timeout: 20_000 },
    );
    child.kill('SIGINT');
    const { code, stderr } = await ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^ERR_INTERRUPTED: .*after 0 films/m);
    expect(await readdir(out)).toEqual(['films.json']);
  });

  it('tells wrong usage by exit code 2', async () => {
    const out = ['--out', join(folder, 'usage')];
    const flags = ['--count', '1', '--seconds', '1', ...out];
    expect((await runEvoked('films', '--seed', 'a', ...out)).code).toBe(2);
    expect((await runEvoked('films', '--seed', '../a', ...flags)).code).toBe(2);
    expect((await runEvoked('films', '--seed', 'a', ...flags, '--fps', '5')).code).toBe(2);
    expect((await runEvoked('films', '--seed', 'a', ...flags, '--seconds', '0.25')).code).toBe(2);
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alignRows } from '../../../src/training/evaluation/align-rows.js';
import { ensemble } from '../../../src/training/evaluation/index.js';
import { eevRow, writeEev } from '../dataset/eev-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-ensemble-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function combine(visual: readonly string[], audio: readonly string[], lambda = 0.8) {
  const videos = ensemble({
    visual: await writeEev(folder, 'visual.csv', visual),
    audio: await writeEev(folder, 'audio.csv', audio),
    lambda,
  });
  return lastValueFrom(from(videos).pipe(toArray()));
}

describe('alignRows', () => {
  it('puts every row of both into one pair, in order of time', () => {
    const times = fc
      .uniqueArray(fc.integer({ min: 0, max: 60 }))
      .map((segments) => segments.sort((a, b) => a - b));
    const us = (segments: readonly number[]) => Float64Array.from(segments, (k) => Math.ceil((k * 1e6) / 6));
    fc.assert(
      fc.property(times, times, (first, second) => {
        const pairs = [...alignRows(us(first), us(second))];
        const union = [...new Set([...first, ...second])].sort((a, b) => a - b);
        expect(pairs.map(({ segment }) => segment)).toEqual(union);
        const rows = (which: 'first' | 'second', segments: readonly number[]) =>
          expect(
            pairs.flatMap((pair) => (pair[which] === undefined ? [] : [[pair[which], pair.segment]])),
          ).toEqual(segments.map((segment, row) => [row, segment]));
        rows('first', first);
        rows('second', second);
      }),
    );
  });
});

describe('ensemble', () => {
  it('is equation 5 row by row, and either alone where the other has no row', async () => {
    const visual = [eevRow('a', 0, [0.5]), eevRow('a', 166_666, [1]), eevRow('only visual', 0, [0.25])];
    const audio = [eevRow('only audio', 0, [0.75]), eevRow('a', 166_667, [-1]), eevRow('a', 333_333, [2])];
    const [a, onlyVisual, onlyAudio, ...others] = await combine(visual, audio);
    expect(others).toEqual([]);
    expect(a).toMatchObject({ id: 'a', timesUs: [0, 166_666, 333_333], numVisualOnly: 1, numAudioOnly: 1 });
    const first = a!.scores.map((row) => row[0]!);
    [0.5, 0.8 * 1 + 0.2 * -1, 2].forEach((expected, row) => expect(first[row]).toBeCloseTo(expected, 6));
    expect(a!.scores.every((row) => row.length === 15 && Math.abs(row[14]! - 0.5) < 1e-6)).toBe(true);
    expect(onlyVisual).toMatchObject({ id: 'only visual', numVisualOnly: 1, numAudioOnly: 0 });
    expect(onlyAudio).toMatchObject({ id: 'only audio', numVisualOnly: 0, numAudioOnly: 1 });
    expect(onlyAudio!.scores[0]![0]).toBe(0.75);
  });

  it.each([
    [1, 0.25],
    [0, 0.75],
    [0.5, 0.5],
  ])('with lambda %d gives %d of 0.25 and 0.75', async (lambda, expected) => {
    const [video] = await combine([eevRow('a', 0, [0.25])], [eevRow('a', 0, [0.75])], lambda);
    expect(video!.scores[0]![0]).toBeCloseTo(expected, 12);
  });

  it('refuses scores of which a video is faulty', async () => {
    const fine = [eevRow('a', 0)];
    await expect(combine(fine, [eevRow('a', 0, ['NaN'])])).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining('scores of a: line 2: amusement is "NaN"') as string,
    });
    const scattered = [eevRow('a', 0), eevRow('b', 0), eevRow('a', 166_667)];
    await expect(combine(scattered, fine)).rejects.toThrow('two places');
  });
});

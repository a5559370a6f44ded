import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LABELS } from '../../../src/core/labels.js';
import { seededUniform } from '../../../src/model/weights/seeded.js';
import { evaluate } from '../../../src/training/evaluation/index.js';
import { type GoldenArray, goldenFloats, readGolden } from '../../model/weights/golden-array.js';
import { eevRow, writeEev } from '../dataset/eev-files.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-evaluate-'));
});
afterEach(() => rm(folder, { recursive: true }));

const timeUs = (segment: number) => Math.floor((segment * 1e6) / 6);

/** A row a segment, with values of the curve for that segment and label. */
const rowsOf = (id: string, segments: readonly number[], curve: (segment: number, label: number) => number) =>
  segments.map((segment) =>
    eevRow(
      id,
      timeUs(segment),
      LABELS.map((_, label) => curve(segment, label)),
    ),
  );

const upTo = (length: number) => Array.from({ length }, (_, segment) => segment);
const wave = (segment: number, label: number) => 0.5 + 0.4 * Math.sin((segment * (label + 1)) / 7);

async function run(labels: readonly string[], scores: readonly string[], seed = 1) {
  return evaluate({
    labels: await writeEev(folder, 'labels.csv', labels),
    scores: await writeEev(folder, 'scores.csv', scores),
    seed,
  });
}

describe('evaluate', () => {
  it('gives the authors’ M_rho, per video too, of files', async () => {
    interface GoldenMetric {
      readonly videos: readonly { readonly labels: GoldenArray; readonly scores: GoldenArray }[];
      readonly perVideo: readonly number[];
      readonly mRho: number;
    }
    const golden = readGolden<GoldenMetric>('metric');
    const rows = (which: 'labels' | 'scores') =>
      golden.videos.flatMap((video, index) => {
        const values = goldenFloats(video[which]);
        return rowsOf(`v${index}`, upTo(values.length / 15), (step, label) => values[step * 15 + label]!);
      });
    const { asAuthors, definedOnly, videos, labels } = await run(rows('labels'), rows('scores'));
    expect(Math.abs(asAuthors.mRho - golden.mRho)).toBeLessThan(1e-6);
    for (const { id, mean } of videos) {
      expect(Math.abs(mean - golden.perVideo[Number(id.slice(1))]!)).toBeLessThan(1e-6);
    }
    expect(videos.map(({ mean }) => mean)).toEqual(videos.map(({ mean }) => mean).toSorted((a, b) => b - a));
    expect(definedOnly!.mRho).toBeGreaterThan(asAuthors.mRho);
    expect(labels.reduce((sum, { numUndefined }) => sum + numUndefined, 0)).toBe(2);
    const meanOfLabels = labels.reduce((sum, { mean }) => sum + mean, 0) / labels.length;
    expect(meanOfLabels).toBeCloseTo(asAuthors.mRho, 12);
    expect(asAuthors.interval!.low).toBeLessThan(asAuthors.mRho);
    expect(asAuthors.interval!.high).toBeGreaterThan(asAuthors.mRho);
  });

  it('matches by segment, ignores scores without annotation and counts annotations without score', async () => {
    const annotated = upTo(40).filter((segment) => segment % 5 !== 0);
    const scored = upTo(60).filter((segment) => segment !== 7);
    const labels = [...rowsOf('a', annotated, wave), eevRow('a', timeUs(50), new Array<number>(15).fill(0))];
    // As `evoked score` writes: the first microsecond that is not before the segment's start. Nonsense where nothing is annotated.
    const scores = scored.map((segment) =>
      eevRow(
        'a',
        Math.ceil((segment * 1e6) / 6),
        LABELS.map((_, label) => (annotated.includes(segment) ? 3 * wave(segment, label) - 1 : 99)),
      ),
    );
    const { asAuthors, videos, numSteps, numUnscored, numUnannotated } = await run(labels, scores);
    expect(asAuthors.mRho).toBeCloseTo(1, 5);
    expect(asAuthors.interval).toBeNull();
    expect(videos).toHaveLength(1);
    expect({ numSteps, numUnscored, numUnannotated }).toEqual({
      numSteps: 31,
      numUnscored: 1,
      numUnannotated: 28,
    });
  });

  it('tells over which videos, and why not over the others', async () => {
    const labels = [
      ...rowsOf('a', upTo(20), wave),
      ...rowsOf('b', upTo(20), wave),
      ...rowsOf('late', upTo(20), wave),
      ...rowsOf('broken', upTo(20), wave),
      eevRow('wrong', 0, [2]),
      ...rowsOf('silent', upTo(20), wave),
    ];
    const scores = [
      ...rowsOf('a', upTo(20), wave),
      ...rowsOf('b', upTo(20), (segment, label) => 1 - wave(segment, label)),
      ...rowsOf('late', [100, 101], wave),
      ...rowsOf('broken', [0], wave),
      ...rowsOf('wrong', upTo(20), wave),
      ...rowsOf('extra', upTo(20), wave),
      ...rowsOf('broken', upTo(20), wave),
    ];
    const evaluation = await run(labels, scores);
    expect(evaluation.videos.map(({ id, mean }) => [id, Math.round(mean)])).toEqual([
      ['a', 1],
      ['b', -1],
    ]);
    expect(evaluation.asAuthors.mRho).toBeCloseTo(0, 5);
    expect(evaluation.numAnnotatedVideos).toBe(5);
    expect(evaluation.idsWithoutScores).toEqual(['silent']);
    expect(evaluation.idsWithoutLabels).toEqual(['extra']);
    expect(evaluation.skipped.map(({ id }) => id)).toEqual(['wrong', 'late', 'broken']);
    expect(evaluation.skipped[2]!.reason).toContain('scores: line');
  });

  it('is about 0 with shuffled labels, where the scores are perfect, and the same for the same seed', async () => {
    const rows = upTo(20).flatMap((video) => {
      const uniform = seededUniform('evaluate', `${video}`);
      return rowsOf(`v${video}`, upTo(300), () => 0.5 + uniform() / 2);
    });
    const { definedOnly, shuffled } = await run(rows, rows);
    expect(definedOnly!.mRho).toBeCloseTo(1, 6);
    // The standard deviation of this mean is 1 / sqrt(300 · 15 · 20) = 0.0033.
    expect(Math.abs(shuffled!.mRho)).toBeLessThan(0.013);
    expect((await run(rows, rows)).shuffled).toEqual(shuffled);
    expect((await run(rows, rows, 2)).shuffled).not.toEqual(shuffled);
  });

  it('reads a folder of scores, and reports a video of two files', async () => {
    const labels = await writeEev(folder, 'labels.csv', [
      ...rowsOf('a', upTo(20), wave),
      ...rowsOf('b', upTo(20), wave),
    ]);
    const scores = join(folder, 'scores');
    await mkdir(scores);
    await writeEev(scores, '1.csv', rowsOf('a', upTo(20), wave));
    await writeEev(scores, '2.csv', rowsOf('b', upTo(20), wave));
    await writeFile(join(scores, 'notes.txt'), 'no scores');
    const stages = new Map<string, number[]>();
    const onProgress = (stage: string, ...bytes: number[]) => void stages.set(stage, bytes);
    expect((await evaluate({ labels, scores, seed: 1, onProgress })).videos).toHaveLength(2);
    const [done, total] = stages.get('scores')!;
    expect(done).toBe(total);
    await writeEev(scores, '3.csv', rowsOf('a', upTo(20), wave));
    const { videos, skipped } = await evaluate({ labels, scores, seed: 1 });
    expect(videos.map(({ id }) => id)).toEqual(['b']);
    expect(skipped).toEqual([{ id: 'a', reason: 'scores: its rows stand in two files, 1.csv and 3.csv' }]);
  });

  it('is one error where nothing can be compared', async () => {
    await expect(run(rowsOf('a', [0], wave), rowsOf('b', [0], wave))).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining('no video has both annotations') as string,
    });
    const labels = await writeEev(folder, 'labels.csv', rowsOf('a', [0], wave));
    const empty = join(folder, 'empty');
    await mkdir(empty);
    for (const scores of [empty, join(folder, 'nowhere.csv')]) {
      await expect(evaluate({ labels, scores, seed: 1 })).rejects.toMatchObject({ code: 'ERR_FILE_FORMAT' });
    }
  });
});

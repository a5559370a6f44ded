import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Dataset } from '../../../src/training/dataset/index.js';
import { epochOrder } from '../../../src/training/run/epoch-order.js';
import { epochLearningRate } from '../../../src/training/run/learning-rate.js';
import { readAhead } from '../../../src/training/run/read-ahead.js';
import { removePartialFiles, replaceFile } from '../../../src/training/run/replace-file.js';
import { Validation } from '../../../src/training/run/validate.js';

const VIDEOS = Array.from({ length: 50 }, (_, index) => index);

describe('epochOrder', () => {
  it('holds every video once, in an order of the seed and the epoch', () => {
    const order = epochOrder(VIDEOS, 1, 1);
    expect(order.toSorted((a, b) => a - b)).toEqual(VIDEOS);
    expect(epochOrder(VIDEOS, 1, 1)).toEqual(order);
    expect(epochOrder(VIDEOS, 1, 2)).not.toEqual(order);
    expect(epochOrder(VIDEOS, 2, 1)).not.toEqual(order);
  });

  it('favours no place: each video comes first about as often', () => {
    const firsts = new Map<number, number>();
    for (let epoch = 1; epoch <= 4000; epoch++) {
      const first = epochOrder([0, 1, 2, 3], 1, epoch)[0]!;
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    for (const count of firsts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect(firsts.size).toBe(4);
  });
});

describe('readAhead', () => {
  it('reads one video ahead of the one that is worked on, and no more', async () => {
    const read: string[] = [];
    const dataset = {
      readSequence(id: string) {
        read.push(id);
        return Promise.resolve(id === 'b' ? null : { id });
      },
    } as unknown as Dataset;
    const seen: [number, string | undefined, string][] = [];
    for await (const { sequence, index } of readAhead(dataset, ['a', 'b', 'c'], 'visual')) {
      seen.push([index, sequence?.id, read.join('')]);
    }
    expect(seen).toEqual([
      [0, 'a', 'ab'],
      [1, undefined, 'abc'],
      [2, 'c', 'abc'],
    ]);
  });
});

describe('epochLearningRate', () => {
  it('stays, or falls as half a cosine', () => {
    expect(epochLearningRate({ learningRate: 2, lrDecay: 'none', epochs: 4 }, 4)).toBe(2);
    const rates = [1, 2, 3, 4].map((epoch) =>
      epochLearningRate({ learningRate: 2, lrDecay: 'cosine', epochs: 4 }, epoch),
    );
    expect(rates[0]).toBe(2);
    expect(rates[2]).toBeCloseTo(1, 12);
    expect(rates.toSorted((a, b) => b - a)).toEqual(rates);
  });
});

describe('replaceFile', () => {
  it('leaves the old file where writing fails, and nothing beside it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evoked-replace-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'file');
    await writeFile(path, 'old');
    const failing = replaceFile(path, async (partial) => {
      await writeFile(partial, 'half');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual(['file']);
    await writeFile(`${path}.partial-77`, 'half');
    await writeFile(join(folder, 'other.partial-77'), 'not ours');
    await removePartialFiles([path]);
    expect((await readdir(folder)).toSorted()).toEqual(['file', 'other.partial-77']);
  });
});

describe('Validation', () => {
  it('averages the error over time and labels, then over videos, in the scale of training', () => {
    const validation = new Validation(10);
    expect(validation.row()).toBeNull();
    for (const [numSteps, error] of [
      [2, 0.1],
      [6, 0.3],
    ] as const) {
      const labels = Float32Array.from({ length: numSteps * 15 }, (_, i) => (i >= 15 ? 0.5 : 0.2));
      const sequence = { id: '', modality: 'audio', numSteps, labels } as const;
      const rest = { embeddings: new Float32Array(0), seconds: new Float64Array(0) };
      // The last label is constant in the scores: its correlation is not defined.
      const scores = labels.map((value, i) => (i % 15 === 14 ? 0.2 + error : value + error));
      validation.add({ ...sequence, ...rest }, scores);
    }
    const row = validation.row()!;
    expect(row.numUndefined).toBe(2);
    expect(row.mRhoDefined).toBeCloseTo(1, 6);
    expect(row.mRho).toBeCloseTo(13 / 15, 6);
    expect(row.correlations).toEqual([
      ...Array.from({ length: 14 }, () => expect.closeTo(1, 6) as number),
      null,
    ]);
    expect(row.loss).toBeGreaterThan(100 * 0.5 * (0.01 + 0.09) * 0.9);
  });
});

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { segmentSeconds, segmentStartUs } from '../../../src/core/time-grid.js';
import { readSafetensors } from '../../../src/model/weights/safetensors.js';
import type { TrainingEvent } from '../../../src/training/run/events.js';
import type { TrainingOptions } from '../../../src/training/run/training-options.js';
import type { TrainingRequest } from '../../../src/training/run/training-request.js';
import { runTraining } from '../../../src/training/run/training-run.js';
import { eevRow, writeEev, writeFeatures } from '../dataset/eev-files.js';
import { type MadeUpFiles, writeMadeUpDataset } from './made-up-dataset.js';

const SMALL: Partial<TrainingOptions> = {
  ...{ modality: 'visual', epochs: 4, channels: 6, stacks: 1, levels: 2, hidden: 4 },
  ...{ accumulate: 2, init: 'he', learningRate: 0.01, dropout: 0.2 },
};
const EVERYTHING: Partial<TrainingOptions> = {
  ...{ ...SMALL, optimizer: 'adam', weightNorm: true, dropTimestamps: 0.2, standardize: true },
  ...{ swaFrom: 2, lrDecay: 'cosine' },
};

let folder: string;
let train: MadeUpFiles;
let val: MadeUpFiles;
let numRuns = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-train-'));
  const base = { folder, numRows: 40, dims: { visual: 12 } };
  train = await writeMadeUpDataset({ ...base, seed: 'train', numVideos: 5 });
  val = await writeMadeUpDataset({ ...base, seed: 'val', numVideos: 2 });
});
afterAll(() => rm(folder, { recursive: true }));

function newRequest(
  options: TrainingRequest['options'],
  out = join(folder, `run-${numRuns++}`),
): TrainingRequest {
  const data = {
    labels: train.labels,
    features: train.features,
    valLabels: val.labels,
    valFeatures: val.features,
  };
  return { out, resume: false, options, ...data };
}

/** Ends a run at the first event of which `isEnd` holds, as a kill would. */
async function interrupt(request: TrainingRequest, isEnd: (event: TrainingEvent) => boolean): Promise<void> {
  const stop = new Error('stopped by the test');
  const run = runTraining(request, (event) => {
    if (isEnd(event)) throw stop;
  });
  await expect(run).rejects.toBe(stop);
}

function inEpoch(epoch: number, numDone: number): (event: TrainingEvent) => boolean {
  return (event) =>
    event.type === 'progress' &&
    event.stage === 'training' &&
    event.epoch === epoch &&
    event.done === numDone;
}

function ignore(): void {}

async function weights(out: string, name = 'tower'): Promise<unknown> {
  return (await readSafetensors(join(out, `${name}.safetensors`))).tensors;
}

describe('a run that goes on', () => {
  it.each([
    ['plain', SMALL],
    ['with everything random and averaged', EVERYTHING],
  ])('has the weights of one that never stopped, bit for bit: %s', async (_, options) => {
    const whole = newRequest(options);
    await runTraining(whole, ignore);
    const stopped = newRequest(options);
    await interrupt(stopped, inEpoch(1, 3));
    const { out } = stopped;
    await interrupt({ out, resume: true, options: {} }, inEpoch(3, 4));
    const result = await runTraining({ out, resume: true, options: {} }, ignore);
    expect(result.rows.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4]);
    expect(await weights(out)).toEqual(await weights(whole.out));
    expect(await weights(out, 'checkpoint')).toEqual(await weights(whole.out, 'checkpoint'));
  });

  it('differs with another seed: the comparison can fail', async () => {
    const one = newRequest(SMALL);
    const other = newRequest({ ...SMALL, seed: 2 });
    await runTraining(one, ignore);
    await runTraining(other, ignore);
    expect(await weights(one.out)).not.toEqual(await weights(other.out));
  });

  it('makes again what a kill after the checkpoint left undone', async () => {
    const request = newRequest({ ...SMALL, epochs: 1 });
    await runTraining(request, ignore);
    const before = await weights(request.out);
    for (const name of ['tower.safetensors', 'log.jsonl', 'report.html']) await rm(join(request.out, name));
    await runTraining({ out: request.out, resume: true, options: {} }, ignore);
    expect(await weights(request.out)).toEqual(before);
    expect(await readdir(request.out)).toHaveLength(5);
  });

  it('refuses other options by name, other videos and features of another extractor', async () => {
    const request = newRequest(SMALL);
    await interrupt(request, inEpoch(2, 1));
    const again = { ...request, resume: true, options: {} };
    const refused = (change: object, message: RegExp): Promise<void> =>
      expect(runTraining({ ...again, ...change }, ignore)).rejects.toMatchObject({
        code: 'ERR_TRAINING_RESUME',
        message: expect.stringMatching(message) as string,
      });
    await refused(
      { options: { learningRate: 0.5 } },
      /--learning-rate is another; got 0\.5; expected 0\.01$/,
    );
    await refused({ options: { swaFrom: 3 } }, /--swa-from is another; got 3; expected none$/);
    await refused({ options: { position: false } }, /--no-position/);
    await refused(
      { labels: val.labels, features: val.features },
      /--labels or --features .* got 2 videos.*expected 5/,
    );
    const others = { folder, numRows: 40, dims: { visual: 12 }, extractor: 'cd'.repeat(32) };
    const other = await writeMadeUpDataset({ ...others, seed: 'train', numVideos: 5 });
    await writeMadeUpDataset({ ...others, seed: 'val', numVideos: 2 });
    await refused(other, /digest of the extractor.*got cdcdcd.*expected ababab/);
    await writeMadeUpDataset({ ...others, extractor: 'ab'.repeat(32), seed: 'train', numVideos: 5 });
    await expect(runTraining(again, ignore)).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringMatching(/validation videos come from another extractor/) as string,
    });
    await writeMadeUpDataset({ ...others, extractor: 'ab'.repeat(32), seed: 'val', numVideos: 2 });
    await runTraining(again, ignore);
  });
});

describe('a run', () => {
  it('learns, and tells each epoch in log.jsonl', async () => {
    const learning = {
      epochs: 30,
      channels: 16,
      hidden: 16,
      optimizer: 'adam',
      dropout: 0,
      accumulate: 1,
    } as const;
    const request = newRequest({ ...SMALL, ...learning });
    const { rows } = await runTraining(request, ignore);
    expect(rows.at(-1)!.trainLoss).toBeLessThan(rows[0]!.trainLoss / 2);
    const log = (await readFile(join(request.out, 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(log.map((line) => JSON.parse(line) as unknown)).toEqual(rows);
    expect(rows[0]!.validation!.correlations).toHaveLength(15);
    expect(rows.at(-1)!.validation!.mRho).toBeGreaterThan(0.3);
  });

  it('keeps the epoch with the best M_rho where asked to', async () => {
    const request = newRequest({ ...SMALL, keep: 'best', learningRate: 0.3 });
    const towers: unknown[] = [];
    const { rows, keptEpoch } = await runTraining(request, ignore);
    const best = Math.max(...rows.map(({ validation }) => validation!.mRho!));
    expect(rows[keptEpoch - 1]!.validation!.mRho).toBe(best);
    const { metadata } = await readSafetensors(join(request.out, 'tower.safetensors'));
    expect(metadata.get('epoch')).toBe(`${keptEpoch}`);
    const shorter = newRequest({ ...SMALL, learningRate: 0.3, epochs: keptEpoch });
    await runTraining(shorter, ignore);
    towers.push(await weights(request.out), await weights(shorter.out));
    expect(towers[0]).toEqual(towers[1]);
  });

  it('writes the mean of weights from --swa-from on', async () => {
    const averaged = newRequest({ ...SMALL, epochs: 3, swaFrom: 2 });
    const { rows } = await runTraining(averaged, ignore);
    expect(rows.map((row) => row.weights)).toEqual(['current', 'average', 'average']);
    const [second, third] = [newRequest({ ...SMALL, epochs: 2 }), newRequest({ ...SMALL, epochs: 3 })];
    await runTraining(second, ignore);
    await runTraining(third, ignore);
    const name = 'regression_visual.0.weight';
    const values = async (out: string): Promise<number[]> => {
      const { tensors } = await readSafetensors(join(out, 'tower.safetensors'));
      return [...(tensors.get(name)!.data as Float32Array)];
    };
    const [two, three] = [await values(second.out), await values(third.out)];
    for (const [index, value] of (await values(averaged.out)).entries()) {
      expect(value).toBeCloseTo((two[index]! + three[index]!) / 2, 6);
    }
  });

  it('says in the tower file what packs need to know', async () => {
    const request = { ...newRequest({ ...SMALL, epochs: 1, labelScale: 4 }), trainedOn: 'Sines.' };
    await runTraining(request, ignore);
    const { metadata } = await readSafetensors(join(request.out, 'tower.safetensors'));
    expect(Object.fromEntries(metadata)).toEqual({
      ...{ modality: 'visual', scale: '4', trainedOn: 'Sines.', epoch: '1', extractor: 'ab'.repeat(32) },
      maxSeconds: `${39 / 6}`,
    });
  });

  it('stops where a loss is no number, and keeps the last complete epoch', async () => {
    const request = newRequest({ ...SMALL, learningRate: 1e9, epochs: 30 });
    await expect(runTraining(request, ignore)).rejects.toMatchObject({
      code: 'ERR_TRAINING_DIVERGED',
      message: expect.stringMatching(
        /in epoch \d+ .*got --learning-rate 1000000000; expected a lower one/,
      ) as string,
    });
    const { tensors } = await readSafetensors(join(request.out, 'checkpoint.safetensors'));
    for (const { data } of tensors.values()) {
      expect((data as Float32Array).every((value) => Number.isFinite(Number(value)))).toBe(true);
    }
  });

  it('is not begun in a folder that holds another', async () => {
    const request = newRequest({ ...SMALL, epochs: 1 });
    await runTraining(request, ignore);
    await expect(runTraining(request, ignore)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/holds another run.*--resume/) as string,
    });
  });

  it.skipIf(!existsSync('/dev/full'))('leaves the last checkpoint whole where the disk is full', async () => {
    const request = newRequest(SMALL);
    await interrupt(request, inEpoch(3, 1));
    const path = join(request.out, 'checkpoint.safetensors');
    const before = await readFile(path);
    const full = `${path}.partial-${process.pid}`;
    const again = { out: request.out, resume: true, options: {} };
    const run = runTraining(again, (event) => {
      if (event.type === 'begin') void symlink('/dev/full', full);
    });
    await expect(run).rejects.toMatchObject({
      code: 'ERR_FILE_WRITE',
      message: expect.stringMatching(/checkpoint\.safetensors.*; got ENOSPC/) as string,
    });
    expect(await readFile(path)).toEqual(before);
    expect((await runTraining(again, ignore)).rows).toHaveLength(4);
  });

  it('asks for what is missing, and refuses what does not go together', async () => {
    const out = join(folder, 'never');
    const wrong = (request: object, message: RegExp): Promise<void> =>
      expect(runTraining({ out, resume: false, options: SMALL, ...request }, ignore)).rejects.toMatchObject({
        code: 'ERR_USAGE',
        message: expect.stringMatching(message) as string,
      });
    await wrong({}, /--labels is missing/);
    await wrong({ ...train, options: {} }, /--modality is missing/);
    await wrong({ ...train, options: { ...SMALL, keep: 'best' } }, /--keep best needs/);
    await wrong({ ...train, options: { ...SMALL, swaFrom: 9 } }, /--swa-from is after the last epoch; got 9/);
    await wrong({ ...train, options: { ...SMALL, levels: 40 } }, /--levels is out of range; got 40/);
  });

  it('leaves out a video whose features are not all numbers, and tells it once', async () => {
    const features = join(folder, 'nan');
    await mkdir(features);
    const rows = [0, 1, 2, 3, 4, 5].map((row) => ({
      seconds: segmentSeconds(row),
      timeUs: segmentStartUs(row),
    }));
    const seconds = rows.map((row) => row.seconds);
    await writeFeatures(features, 'good', { seconds, modalities: ['visual'] });
    await writeFeatures(features, 'bad', { seconds, modalities: ['visual'], first: () => NaN });
    const lines = ['good', 'bad'].flatMap((id) =>
      rows.map(({ timeUs }, row) => eevRow(id, timeUs, [row / 12])),
    );
    const labels = await writeEev(folder, 'nan.csv', lines);
    const skips: TrainingEvent[] = [];
    const request = { out: join(folder, 'nan-run'), resume: false, options: SMALL, labels, features };
    const { record } = await runTraining(request, (event) => {
      if (event.type === 'skip') skips.push(event);
    });
    expect(skips).toEqual([
      expect.objectContaining({
        split: 'training',
        id: 'bad',
        reason: expect.stringMatching(/not all numbers/) as string,
      }),
    ]);
    expect(record.facts).toMatchObject({ numVideos: 1, numSteps: 6, training: { numVideos: 2 } });
  });

  it('names both places where no video has annotations and these features', async () => {
    const request = newRequest({ ...SMALL, modality: 'audio' });
    await expect(runTraining(request, ignore)).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringMatching(
        /no training video has annotations in .*train\.csv and audio features/,
      ) as string,
    });
  });
});

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  annotatedSegment,
  openDataset,
  segmentAtSeconds,
  type SkippedVideo,
} from '../../../src/training/dataset/index.js';
import { eevRow, writeEev, writeFeatures } from './eev-files.js';

let folder: string;
let features: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-dataset-'));
  features = join(folder, 'features');
  await mkdir(features);
});
afterEach(() => rm(folder, { recursive: true }));

const sixths = (...segments: number[]) => segments.map((segment) => segment / 6);

describe('the grid', () => {
  it('takes the microseconds of a segment’s start rounded up, down or to the nearest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (segment) => {
        for (const round of [Math.floor, Math.ceil, Math.round]) {
          expect(annotatedSegment(round((segment * 1e6) / 6))).toBe(segment);
        }
        expect(segmentAtSeconds(segment / 6)).toBe(segment);
      }),
    );
  });

  it('knows seconds that are on no segment', () => {
    expect([0.1, -1 / 6, NaN, 1 / 6 + 0.01].map(segmentAtSeconds)).toEqual([null, null, null, null]);
  });
});

describe('openDataset', () => {
  it('joins annotations with features by segment', async () => {
    const rows = [0, 166_666, 333_333, 666_667, 1_000_000].map((timeUs, index) =>
      eevRow('a', timeUs, [index / 10]),
    );
    const labels = await writeEev(folder, 'train.csv', rows);
    // Segment 1 has no features, segment 3 no annotation.
    await writeFeatures(features, 'a', { seconds: sixths(0, 2, 3, 4, 6, 7) });
    const dataset = await openDataset({ labels, features });
    expect(dataset.videos).toEqual([{ id: 'a', numAnnotated: 5, modalities: ['visual', 'audio'] }]);
    const sequence = (await dataset.readSequence('a', 'audio'))!;
    expect(sequence).toMatchObject({ id: 'a', modality: 'audio', numSteps: 4 });
    expect([...sequence.seconds]).toEqual(sixths(0, 2, 4, 6));
    expect([...sequence.embeddings]).toEqual([0, 0.25, 1, 1.25, 3, 3.25, 4, 4.25]);
    expect([0, 1, 2, 3].map((step) => sequence.labels[step * 15])).toEqual(
      [0, 0.2, 0.3, 0.4].map(Math.fround),
    );
    expect(sequence.labels).toHaveLength(60);
  });

  it('tells what does not match, and leaves rows of zeros out', async () => {
    const zeros = new Array<number>(15).fill(0);
    const labels = await writeEev(folder, 'train.csv', [
      eevRow('a', 0),
      eevRow('a', 166_667, zeros),
      eevRow('alone', 0),
      eevRow('dark', 0, zeros),
      eevRow('bad', 0, [7]),
    ]);
    for (const id of ['a', 'bad', 'dark', 'extra'])
      await writeFeatures(features, id, { seconds: sixths(0, 1) });
    await writeFile(join(features, 'notes.txt'), 'no features');
    const told: SkippedVideo[] = [];
    const dataset = await openDataset({ labels, features, onSkip: (skipped) => void told.push(skipped) });
    expect(dataset.videos.map(({ id }) => id)).toEqual(['a']);
    expect(dataset.idsWithoutFeatures).toEqual(['alone']);
    expect(dataset.idsWithoutLabels).toEqual(['extra']);
    expect(dataset.numUndetected).toBe(2);
    expect(told).toEqual([
      { id: 'dark', reason: 'none of its 1 rows has a detection' },
      { id: 'bad', reason: 'line 6: amusement is 7, not in [0, 1]' },
    ]);
    expect(dataset.skipped).toEqual(told);
    expect((await dataset.readSequence('a', 'visual'))!.numSteps).toBe(1);
  });

  it('refuses features of two extractors, by modality, and names files and digests', async () => {
    const labels = await writeEev(folder, 'train.csv', [eevRow('a', 0), eevRow('b', 0), eevRow('c', 0)]);
    const seconds = sixths(0);
    const metadata = { visualExtractor: 'aaaa', audioExtractor: 'bbbb' };
    await writeFeatures(features, 'a', { seconds, metadata });
    await writeFeatures(features, 'b', {
      seconds,
      metadata: { audioExtractor: 'bbbb' },
      modalities: ['audio'],
    });
    const open = () => openDataset({ labels, features });
    const dataset = await open();
    expect(dataset.extractorDigest('visual')).toBe('aaaa');
    expect(dataset.extractorDigest('audio')).toBe('bbbb');
    await writeFeatures(features, 'c', { seconds, metadata: { ...metadata, audioExtractor: 'cccc' } });
    await expect(open()).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringMatching(
        /audio features come from different extractors; got cccc in .*c\.safetensors; expected bbbb as in .*a\.safetensors/,
      ) as string,
    });
    await writeFeatures(features, 'c', { seconds });
    await expect(open()).rejects.toThrow(/no digest in/);
  });

  it.each<[string, Parameters<typeof writeFeatures>[2], string]>([
    ['NaN', { seconds: sixths(0, 1), first: () => NaN }, 'visual features of row 0 are not all numbers'],
    ['the other modality only', { seconds: sixths(0), modalities: ['audio'] }, 'no visual features'],
    ['times off the grid', { seconds: [0, 0.1] }, 'row 1 begins at 0.1 s, which is no multiple of 1/6 s'],
    ['a segment twice', { seconds: [0, 0] }, 'two rows of features begin at 0 s'],
    ['other segments', { seconds: sixths(5, 6) }, 'no segment has both annotation and features'],
    ['no rows', { seconds: [] }, 'no segment has both annotation and features'],
  ])('skips a video whose features have %s, and tells it once', async (_, parts, reason) => {
    const labels = await writeEev(folder, 'train.csv', [eevRow('a', 0), eevRow('a', 166_667)]);
    await writeFeatures(features, 'a', parts);
    const told: SkippedVideo[] = [];
    const dataset = await openDataset({ labels, features, onSkip: (skipped) => void told.push(skipped) });
    expect(await dataset.readSequence('a', 'visual')).toBeNull();
    expect(await dataset.readSequence('a', 'visual')).toBeNull();
    expect(told).toHaveLength(1);
    expect(told[0]!.reason).toContain(reason);
  });

  it('does not mind NaN where there is no annotation', async () => {
    const labels = await writeEev(folder, 'train.csv', [eevRow('a', 0)]);
    await writeFeatures(features, 'a', { seconds: sixths(0, 1), first: (row) => (row === 1 ? NaN : 3) });
    const dataset = await openDataset({ labels, features });
    expect([...(await dataset.readSequence('a', 'visual'))!.embeddings]).toEqual([3, 0.25]);
  });

  it('skips feature files that are damaged or hold no features', async () => {
    const labels = await writeEev(
      folder,
      'train.csv',
      ['a', 'b', 'c'].map((id) => eevRow(id, 0)),
    );
    await writeFeatures(features, 'a', { seconds: sixths(0) });
    await writeFile(join(features, 'b.safetensors'), 'cut short');
    await writeFeatures(features, 'c', { seconds: sixths(0), modalities: ['logmel'] });
    const dataset = await openDataset({ labels, features });
    expect(dataset.videos.map(({ id }) => id)).toEqual(['a']);
    expect(dataset.skipped.map(({ id }) => id)).toEqual(['b', 'c']);
  });

  it('is one error where nothing matches, or a path is wrong', async () => {
    const labels = await writeEev(folder, 'train.csv', [eevRow('a', 0), eevRow('b', 0, ['?'])]);
    await writeFeatures(features, 'other', { seconds: sixths(0) });
    await expect(openDataset({ labels, features })).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining('1 videos without features, 1 skipped (b: line 3') as string,
    });
    const nowhere = join(folder, 'nowhere');
    await expect(openDataset({ labels, features: nowhere })).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
    });
    await expect(openDataset({ labels: nowhere, features })).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
    });
  });
});

import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Modality } from '../../src/core/media.js';
import { float32Tensor } from '../../src/model/weights/tensor.js';
import { featurePath, writeFeatureFile } from '../../src/server/offline/extract/feature-file.js';
import { findVideos } from '../../src/server/offline/extract/find-videos.js';
import { planExtraction } from '../../src/server/offline/extract/plan-extraction.js';
import { featureMetadata, type Video } from '../../src/server/offline/extract/video.js';

let media: string;
let out: string;
beforeEach(async () => {
  media = await mkdtemp(join(tmpdir(), 'evoked-media-'));
  out = await mkdtemp(join(tmpdir(), 'evoked-plan-'));
});
afterEach(() => Promise.all([media, out].map((folder) => rm(folder, { recursive: true }))));

const DIGESTS = new Map<Modality, string>([
  ['visual', 'a'.repeat(64)],
  ['audio', 'b'.repeat(64)],
]);

async function writeFeatures(video: Video): Promise<void> {
  const tensors = new Map([['audio', float32Tensor([1, 2], Float32Array.of(1, 2))]]);
  await writeFeatureFile(featurePath(out, video), tensors, featureMetadata(video, DIGESTS));
}

const idsOf = (videos: readonly Video[]): string[] => videos.map(({ id }) => id);

describe('the videos of a command line', () => {
  it('are media files, the media of folders in order of name, and films', async () => {
    for (const name of ['b.mp4', 'a.b.WebM', 'sound.flac', 'labels.csv', '.hidden.mp4', 'b.mp4.partial-7']) {
      await writeFile(join(media, name), name);
    }
    await mkdir(join(media, 'folder.mp4'));
    await writeFile(join(out, 'no-ending'), '');
    const videos = await findVideos([media, join(out, 'no-ending'), 'film:x-1'], 2);
    expect(idsOf(videos)).toEqual(['a.b', 'b', 'sound', 'no-ending', 'x-1']);
    expect(videos[1]).toMatchObject({ source: 'b.mp4', url: join(media, 'b.mp4'), numBytes: 5 });
    expect(videos[4]).toMatchObject({ source: 'film:x-1', url: 'film:x-1', numBytes: null, limitSeconds: 2 });
  });

  it.each([
    ['nothing at all', () => [], 'ERR_USAGE'],
    ['a folder without media', () => [out], 'ERR_USAGE'],
    ['two videos of one id', () => [join(media, 'a.mp4'), join(media, 'a.mkv')], 'ERR_USAGE'],
    ['an endless film', () => ['film:x'], 'ERR_USAGE'],
    ['a film whose seed is no file name', () => ['film:a/b'], 'ERR_USAGE'],
    ['a live source', () => ['rtsp://host/live'], 'ERR_USAGE'],
    ['what is not there', () => [join(media, 'c.mp4')], 'ERR_SOURCE_UNREACHABLE'],
  ] as const)('are not %s', async (_, names, code) => {
    await Promise.all(['a.mp4', 'a.mkv'].map((name) => writeFile(join(media, name), '')));
    await expect(findVideos(names())).rejects.toMatchObject({ code });
  });
});

describe('what is to be extracted', () => {
  const plan = async (limit?: number, overwrite = false, digests = DIGESTS) => {
    const { toExtract, kept } = await planExtraction(
      await findVideos([media], limit),
      out,
      digests,
      overwrite,
    );
    return { toExtract: idsOf(toExtract), kept: idsOf(kept) };
  };
  beforeEach(async () => {
    for (const name of ['kept.mp4', 'new.mp4']) await writeFile(join(media, name), name);
    const [kept] = await findVideos([join(media, 'kept.mp4')]);
    await writeFeatures(kept!);
  });

  it('is what has no features yet', async () => {
    expect(await plan()).toEqual({ toExtract: ['new'], kept: ['kept'] });
  });

  it('is what has changed since', async () => {
    expect((await plan(10)).kept).toEqual([]);
    await utimes(join(media, 'kept.mp4'), 1e9, 1e9);
    expect((await plan()).kept).toEqual([]);
  });

  it('is what was not written to its end', async () => {
    await writeFile(join(out, 'kept.safetensors'), 'cut short');
    expect((await plan()).kept).toEqual([]);
  });

  it('is refused beside features by other networks, or fewer, unless they are to be replaced', async () => {
    for (const digests of [new Map(DIGESTS).set('audio', 'c'.repeat(64)), new Map([...DIGESTS].slice(1))]) {
      await expect(plan(undefined, false, digests)).rejects.toMatchObject({
        code: 'ERR_FILE_FORMAT',
        message: expect.stringMatching(/kept\.safetensors holds features by other networks/) as string,
      });
      expect(await plan(undefined, true, digests)).toEqual({ toExtract: ['kept', 'new'], kept: [] });
    }
  });
});

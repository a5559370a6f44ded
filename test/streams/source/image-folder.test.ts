import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listImages, withImageFolder } from '../../../src/streams/source/image-folder.js';
import { parseSource, type SourceSpec } from '../../../src/streams/source/parse-source.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-images-'));
});
afterEach(() => rm(folder, { recursive: true }));

const specOf = (url: string): Promise<SourceSpec> => withImageFolder(parseSource(url, null));

async function listed(...names: string[]): Promise<string[]> {
  for (const name of names) await writeFile(join(folder, name), '');
  return (await listImages(await specOf(folder))).map((path) => basename(path));
}

it('takes a path or file URL of a folder for its images, and anything else as it is', async () => {
  await writeFile(join(folder, 'a.mp4'), '');
  const traits = { live: false, finite: true, target: folder };
  expect(await specOf(folder)).toMatchObject({ kind: 'images', ...traits });
  expect(await specOf(pathToFileURL(folder).href)).toMatchObject({ kind: 'images', ...traits });
  expect((await specOf(join(folder, 'a.mp4'))).kind).toBe('file');
  expect((await specOf(join(folder, 'missing'))).kind).toBe('file');
  expect((await specOf('film:1')).kind).toBe('film');
});

it('puts images in the natural order of their names', async () => {
  const names = ['b.png', 'a10.JPG', 'a9.png', 'a1.webp', 'a09.png', '2.bmp', '10.bmp'];
  expect(await listed(...names)).toEqual([
    ...['2.bmp', '10.bmp'],
    ...['a1.webp', 'a09.png', 'a9.png', 'a10.JPG', 'b.png'],
  ]);
});

it('leaves out what is hidden or no image', async () => {
  await mkdir(join(folder, 'sub'));
  expect(await listed('a.png', '.b.png', 'Thumbs.db', 'film.mp4', 'png')).toEqual(['a.png']);
});

it('says that there is none, or no folder', async () => {
  const spec = await specOf(folder);
  await expect(listImages(spec)).rejects.toMatchObject({ code: 'ERR_SOURCE_NO_TRACKS' });
  await expect(listImages({ ...spec, target: join(folder, 'gone') })).rejects.toMatchObject({
    code: 'ERR_SOURCE_UNREACHABLE',
  });
});

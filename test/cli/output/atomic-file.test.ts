import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAtomicFile } from '../../../src/cli/output/atomic-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('openAtomicFile', () => {
  it('shows nothing under the name before the commit', async () => {
    const path = join(folder, 'a.csv');
    await writeFile(path, 'old');
    const file = await openAtomicFile(path);
    await file.write('new');
    expect(await readFile(path, 'utf8')).toBe('old');
    await file.commit();
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('leaves an older file, and nothing else, when discarded', async () => {
    const path = join(folder, 'a.csv');
    await writeFile(path, 'old');
    const file = await openAtomicFile(path);
    await file.write('half');
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.csv']);
  });

  it('keeps the file when discard follows commit', async () => {
    const path = join(folder, 'a.csv');
    const file = await openAtomicFile(path);
    await file.write('whole');
    await file.commit();
    await file.discard();
    expect(await readFile(path, 'utf8')).toBe('whole');
  });

  it('says in one line what cannot be written', async () => {
    const path = join(folder, 'no', 'such', 'folder.csv');
    await expect(openAtomicFile(path)).rejects.toMatchObject({
      code: 'ERR_FILE_WRITE',
      message: `cannot write ${path}; got ENOENT`,
    });
  });
});

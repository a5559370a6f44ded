import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { from, lastValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LABELS } from '../../../src/core/labels.js';
import { readVideoRows, type VideoFault, type VideoRows } from '../../../src/training/dataset/index.js';
import { eevRow, HEADER, writeEev } from './eev-files.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evoked-rows-'));
});
afterAll(() => rm(folder, { recursive: true }));

const collect = <T>(values: AsyncIterable<T>) => lastValueFrom(from(values).pipe(toArray()));

async function readText(
  text: string,
  kind: 'annotations' | 'scores' = 'annotations',
): Promise<(VideoRows | VideoFault)[]> {
  const path = join(folder, 'table.csv');
  await writeFile(path, text);
  return collect(readVideoRows(path, { kind }));
}

const table = (...rows: string[]) => `${[HEADER, ...rows].join('\n')}\n`;
const ids = (videos: readonly (VideoRows | VideoFault)[]) => videos.map(({ type, id }) => `${type} ${id}`);

describe('readVideoRows', () => {
  it('gives a video at a time, without the rows of zeros, which it counts', async () => {
    const zeros = new Array<number>(15).fill(0);
    const [a, b] = await readText(
      table(eevRow('a', 0, [0.25]), eevRow('a', 166_666, zeros), eevRow('a', 333_333), eevRow('b', 0)),
    );
    expect(a).toMatchObject({ type: 'video', id: 'a', numUndetected: 1 });
    expect([...(a as VideoRows).timesUs]).toEqual([0, 333_333]);
    expect((a as VideoRows).values).toHaveLength(30);
    expect([...(a as VideoRows).values.subarray(0, 2)]).toEqual([0.25, 0.5]);
    expect(b).toMatchObject({ type: 'video', id: 'b', numUndetected: 0 });
  });

  it('takes columns in any order, both names of the id, further columns, CRLF, a BOM, quotes and no last newline', async () => {
    const names = ['comment', ...LABELS.toReversed(), 'Timestamp (milliseconds)', 'Video ID'];
    const values = LABELS.map((_, label) => label / 100).toReversed();
    const text = `\uFEFF${names.join(',')}\r\n"a ""word"", and more",${values.join(',')},500000,"x,y"`;
    const [video] = await readText(text);
    expect(video).toMatchObject({ type: 'video', id: 'x,y' });
    expect([...(video as VideoRows).values]).toEqual(LABELS.map((_, label) => Math.fround(label / 100)));
  });

  it('keeps scores outside [0, 1] and rows of zeros where the values are scores', async () => {
    const [video] = await readText(
      table(eevRow('a', 0, [-0.5, 1.5]), eevRow('a', 166_667, new Array<number>(15).fill(0))),
      'scores',
    );
    expect((video as VideoRows).timesUs).toHaveLength(2);
    expect([...(video as VideoRows).values.subarray(0, 2)]).toEqual([-0.5, 1.5]);
  });

  it('keeps every row of a video longer than its first buffer', async () => {
    const rows = Array.from({ length: 5000 }, (_, k) => eevRow('a', Math.floor((k * 1e6) / 6), [k / 5000]));
    const [video] = await readText(table(...rows));
    const { timesUs, values } = video as VideoRows;
    expect(timesUs).toHaveLength(5000);
    for (const k of [0, 2047, 2048, 4999]) {
      expect(timesUs[k]).toBe(Math.floor((k * 1e6) / 6));
      expect(values[k * 15]).toBe(Math.fround(k / 5000));
    }
  });

  it('tells how far it is', async () => {
    const path = await writeEev(folder, 'progress.csv', [eevRow('a', 0), eevRow('b', 0)]);
    const calls: number[][] = [];
    await collect(readVideoRows(path, { kind: 'scores', onProgress: (...bytes) => void calls.push(bytes) }));
    expect(calls).toHaveLength(2);
    expect(calls[1]![0]).toBe(calls[1]![1]);
  });
});

describe('a faulty video', () => {
  const fine = eevRow('fine', 0);

  it.each([
    ['NaN', [eevRow('bad', 0, ['NaN'])], 'line 2: amusement is "NaN", not a number'],
    ['no value', [eevRow('bad', 0, [0.5, ''])], 'line 2: anger is "", not a number'],
    ['a blank value', [eevRow('bad', 0, [0.5, '  '])], 'line 2: anger is "  ", not a number'],
    ['a word', [eevRow('bad', 0), eevRow('bad', 166_666, ['much'])], 'line 3: amusement is "much"'],
    ['infinity', [eevRow('bad', 0, ['Infinity'])], 'not a number'],
    ['a value above 1', [eevRow('bad', 0, [1.01])], 'line 2: amusement is 1.01, not in [0, 1]'],
    ['a value below 0', [eevRow('bad', 0, [-0.01])], 'not in [0, 1]'],
    ['no timestamp', [eevRow('bad', '')], 'the timestamp is ""'],
    ['a timestamp before 0', [eevRow('bad', -1)], 'the timestamp is "-1"'],
    ['a timestamp twice', [eevRow('bad', 0), eevRow('bad', 0)], 'line 3: timestamp 0 is there twice'],
    ['time that goes back', [eevRow('bad', 5e5), eevRow('bad', 0)], 'line 3: timestamp 0 comes after 500000'],
    ['milliseconds', [eevRow('bad', 0), eevRow('bad', 167)], 'they are read as microseconds'],
    ['two rows of one segment', [eevRow('bad', 166_666), eevRow('bad', 166_667)], 'in the same 1/6 s'],
    [
      'unsorted rows among rows of zeros',
      [eevRow('bad', 5e5, new Array<number>(15).fill(0)), eevRow('bad', 0)],
      'line 3: timestamp 0 comes after 500000',
    ],
  ])('with %s is reported with its line, and the next one is read', async (_, rows, reason) => {
    const videos = await readText(table(...rows, fine));
    expect(ids(videos)).toEqual(['fault bad', 'video fine']);
    expect((videos[0] as VideoFault).reason).toContain(reason);
  });

  it('is taken back where its rows go on elsewhere', async () => {
    const videos = await readText(table(eevRow('bad', 0), fine, eevRow('bad', 166_666)));
    expect(ids(videos)).toEqual(['video bad', 'video fine', 'fault bad']);
    expect((videos[2] as VideoFault).reason).toBe(
      'line 4: its rows stand in two places, the first at line 2',
    );
  });
});

describe('a faulty file', () => {
  const without = (...names: string[]) =>
    HEADER.split(',')
      .filter((name) => !names.includes(name))
      .join(',');

  it.each([
    ['nothing', '', 'no rows'],
    ['a header alone', `${HEADER}\n`, 'no rows'],
    ['columns missing', `${without('awe', 'pain')}\n`, 'line 1: columns are missing; got missing: awe, pain'],
    ['no id', `${without('YouTube ID')}\n`, 'missing: YouTube ID or Video ID'],
    ['no time', `${without('Timestamp (milliseconds)')}\n`, 'missing: Timestamp (milliseconds)'],
    ['a column twice', `${HEADER},awe\n`, 'line 1: a column is there twice; got awe'],
    ['two ids', `${HEADER},Video ID\n`, 'two columns of ids'],
    ['a row too short', `${table(eevRow('a', 0))}a,166667,0.5\n`, 'line 3'],
    ['a row too long', `${table(eevRow('a', 0))}${eevRow('a', 166_667)},0.5\n`, 'line 3'],
    ['an open quote', `${HEADER}\n"a,0\n`, 'Quote Not Closed'],
    ['an endless quote', `${HEADER}\n"${'a'.repeat(200_000)}`, 'Max Record Size'],
    ['no id in a row', table(eevRow('a', 0), eevRow('', 0)), 'line 3: a row without an id'],
    ['another format', '{"scores": []}\n', 'Invalid Opening Quote'],
  ])('with %s is one error', async (_, text, message) => {
    await expect(readText(text)).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining(message) as string,
    });
  });

  it('that is not there is one error', async () => {
    const missing = readVideoRows(join(folder, 'nowhere.csv'), { kind: 'scores' });
    await expect(collect(missing)).rejects.toMatchObject({
      code: 'ERR_FILE_FORMAT',
      message: expect.stringContaining('ENOENT') as string,
    });
  });
});

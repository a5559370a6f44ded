import { crc32, deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../src/model/checkpoint/byte-source.js';
import { ZipArchive } from '../../../src/model/checkpoint/zip-archive.js';
import { writeZip, type WrittenZip, type ZipFile } from '../../fixtures/zip-writer.js';

const FILES: readonly ZipFile[] = [
  { name: 'a/one', data: Buffer.from('first file') },
  { name: 'a/two', data: Buffer.from('second '.repeat(40)), deflated: true },
  { name: '../../three', data: Buffer.alloc(0) },
];

const refusal = (text: string) =>
  expect.objectContaining({
    code: 'ERR_MODEL_WEIGHTS',
    message: expect.stringContaining(text) as string,
  }) as Error;

function readAll(bytes: Uint8Array): Map<string, string> {
  const zip = ZipArchive.open(memorySource(bytes));
  return new Map(zip.names().map((name) => [name, Buffer.from(zip.read(name)).toString()]));
}

function changed(zip: WrittenZip, change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(zip.bytes);
  change(bytes);
  return bytes;
}

/** Changes the same field in both headers of an entry, so that they agree. */
function changedEntry(
  zip: WrittenZip,
  entry: number,
  field: number,
  value: number,
  width: 2 | 4 = 4,
): Buffer {
  return changed(zip, (bytes) => {
    for (const at of [zip.localOffsets[entry]! + field, zip.centralOffsets[entry]! + field + 2]) {
      bytes.writeUIntLE(value, at, width);
    }
  });
}

function setCount(bytes: Buffer, { endOffset }: WrittenZip, count: number): void {
  for (const field of [8, 10]) bytes.writeUInt16LE(count, endOffset + field);
}

describe('a zip archive', () => {
  it.each([
    {},
    { sizesFollow: true },
    { wide: true },
    { alignment: 64 },
    { sizesFollow: true, wide: true, alignment: 64 },
  ])('is read, written with %o', (options) => {
    const expected = new Map(FILES.map(({ name, data }) => [name, Buffer.from(data).toString()]));
    expect(readAll(writeZip(FILES, options).bytes)).toEqual(expected);
  });

  it('gives stored entries as views', () => {
    const { bytes } = writeZip(FILES);
    expect(ZipArchive.open(memorySource(bytes)).read('a/one').buffer).toBe(bytes.buffer);
  });

  const zip = writeZip(FILES);
  const wide = writeZip(FILES, { wide: true });
  const [FLAGS, METHOD, CRC, PACKED, SIZE] = [6, 8, 14, 18, 22];
  it.each<[why: string, bytes: Buffer, text: string]>([
    [
      'a changed byte in a stored entry',
      changed(zip, (bytes) => bytes.fill('X', zip.dataOffsets[0], zip.dataOffsets[0]! + 1)),
      'checksum',
    ],
    [
      'a changed byte in a deflated entry',
      changed(zip, (bytes) => (bytes[zip.dataOffsets[1]! + 6]! ^= 1)),
      'a/two',
    ],
    ['another checksum', changedEntry(zip, 0, CRC, 1), 'checksum'],
    ['encryption', changedEntry(zip, 0, FLAGS, 0x801, 2), 'encrypted'],
    ['another method', changedEntry(zip, 0, METHOD, 12, 2), 'method'],
    ['a stored entry of two sizes', changedEntry(zip, 0, SIZE, 11), 'differ'],
    ['an entry that unpacks to more', changedEntry(zip, 1, SIZE, 279), 'another size'],
    ['an entry that unpacks to less', changedEntry(zip, 1, SIZE, 281), 'another size'],
    ['an absurd ratio', changedEntry(zip, 1, SIZE, 2 ** 31), 'absurdly well'],
    [
      'sizes that follow contradicting headers',
      changed(zip, (bytes) => bytes.writeUInt32LE(9, zip.localOffsets[1]! + PACKED)),
      'contradict',
    ],
    [
      'names that contradict each other',
      changed(zip, (bytes) => bytes.write('b', zip.localOffsets[0]! + 30)),
      'contradict',
    ],
    [
      'an entry that is not there',
      changed(zip, (bytes) => bytes.writeUInt32LE(3, zip.centralOffsets[1]! + 42)),
      'no local header',
    ],
    [
      'an offset beyond the end',
      changed(zip, (bytes) => bytes.writeUInt32LE(9_999_999, zip.centralOffsets[1]! + 42)),
      'ends too early',
    ],
    [
      '64-bit sizes that are missing',
      changed(zip, (bytes) => bytes.writeUInt32LE(0xffffffff, zip.centralOffsets[1]! + 42)),
      '64-bit',
    ],
    ['a count beyond the directory', changed(zip, (bytes) => setCount(bytes, zip, 4)), 'cut short'],
    ['a count short of the directory', changed(zip, (bytes) => setCount(bytes, zip, 2)), 'no entry owns'],
    ['several parts', changed(zip, (bytes) => bytes.writeUInt16LE(1, zip.endOffset + 4)), 'part'],
    ['bytes before the archive', Buffer.concat([Buffer.alloc(4), zip.bytes]), 'directory'],
    ['bytes after the archive', Buffer.concat([zip.bytes, Buffer.alloc(4)]), 'end record'],
    [
      'end records that contradict each other',
      changed(wide, (bytes) => setCount(bytes, wide, 2)),
      'contradict',
    ],
    ['nothing but text', Buffer.alloc(100, 'x'), 'end record'],
  ])('is refused with %s', (_why, bytes, text) => {
    expect(() => readAll(bytes)).toThrow(refusal(text));
  });

  it('is refused where entries overlap, as those of a bomb do', () => {
    const inner = writeZip([FILES[0]!]).bytes.subarray(0, 30 + 5 + 10);
    const outer = writeZip([{ name: 'outer', data: inner }, FILES[0]!]);
    const bytes = changed(outer, (copy) => {
      copy.writeUInt32LE(outer.dataOffsets[0]!, outer.centralOffsets[1]! + 42);
    });
    expect(() => readAll(bytes)).toThrow(refusal('overlaps'));
  });

  it('is refused where a name is there twice, or many small entries unpack to too much', () => {
    const twice = writeZip([FILES[0]!, { ...FILES[1]!, name: FILES[0]!.name }]);
    expect(() => readAll(twice.bytes)).toThrow(refusal('twice'));
    const zeros = { data: Buffer.alloc(65_536), deflated: true };
    const many = writeZip(Array.from({ length: 50 }, (_, i) => ({ ...zeros, name: `${i}` })));
    expect(() => readAll(many.bytes)).toThrow(refusal('absurd size'));
  });

  it('unpacks a bomb no further than stated', () => {
    const packed = deflateRawSync(Buffer.alloc(50_000_000));
    const stated = writeZip([{ name: 'bomb', data: packed }]);
    const bytes = changed(stated, (copy) => {
      for (const at of [stated.localOffsets[0]!, stated.centralOffsets[0]! + 2]) {
        copy.writeUInt16LE(8, at + METHOD);
        copy.writeUInt32LE(crc32(Buffer.alloc(50_000_000)), at + CRC);
      }
    });
    expect(() => readAll(bytes)).toThrow(refusal('cannot be unpacked'));
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvokedError } from '../../../src/core/errors.js';
import { parseSafetensors, readSafetensors } from '../../../src/model/weights/safetensors.js';
import { encodeSafetensors, writeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import type { Tensor, TensorMap } from '../../../src/model/weights/tensor.js';

const WEIGHTS_ERROR = expect.objectContaining({ code: 'ERR_MODEL_WEIGHTS' }) as EvokedError;

/** A file with this header text, whatever it says, and so many bytes of data. */
function file(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const ALL_TYPES: TensorMap = new Map<string, Tensor>([
  ['bytes', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) }],
  ['half', { dtype: 'F16', shape: [1, 1], data: Uint16Array.of(0x3c00) }],
  ['brain', { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) }],
  ['single', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, NaN, 0.1) }],
  ['double', { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) }],
  ['long', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
  ['empty', { dtype: 'F32', shape: [0, 5], data: new Float32Array(0) }],
]);

describe('safetensors', () => {
  it('reads back what it wrote, of every type', () => {
    const metadata = new Map([['made by', 'a "test"\n']]);
    const parsed = parseSafetensors(encodeSafetensors(ALL_TYPES, metadata));
    expect(parsed.metadata).toEqual(metadata);
    expect(new Map([...parsed.tensors].sort())).toEqual(new Map([...ALL_TYPES].sort()));
  });

  it('reads a file byte for byte as the format describes it', () => {
    const header = '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"__metadata__":{"format":"pt"}}   ';
    const bytes = file(header, 8);
    bytes.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], bytes.length - 8);
    const { tensors, metadata } = parseSafetensors(bytes);
    expect(tensors.get('a')).toEqual({ dtype: 'F32', shape: [2], data: Float32Array.of(1, -2) });
    expect(metadata.get('format')).toBe('pt');
  });

  it('makes views, not copies, of aligned tensors', () => {
    const bytes = encodeSafetensors(ALL_TYPES);
    for (const [name, { data }] of parseSafetensors(bytes).tensors) {
      expect(data.buffer, name).toBe(bytes.buffer);
    }
  });

  it('reads misaligned tensors, also out of a Buffer', () => {
    const bytes = encodeSafetensors(new Map([['a', ALL_TYPES.get('single')!]]));
    const shifted = Buffer.concat([Buffer.of(0), bytes]).subarray(1);
    expect(parseSafetensors(shifted).tensors.get('a')).toEqual(ALL_TYPES.get('single'));
  });

  const entry = (begin: number, end: number, shape = `[${(end - begin) / 4}]`) =>
    `{"dtype":"F32","shape":${shape},"data_offsets":[${begin},${end}]}`;

  it.each<[why: string, bytes: Uint8Array]>([
    ['no length', Uint8Array.of(1, 0, 0)],
    ['header longer than the file', file('{}').subarray(0, 9)],
    ['absurd header length', Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 127, 123)],
    ['no object', file('[]')],
    ['space before the object', file(' {}')],
    ['text after the object', file('{}x')],
    ['not UTF-8', Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x7d)],
    ['hole', file(`{"a":${entry(0, 4)},"b":${entry(8, 12)}}`, 12)],
    ['hole at the start', file(`{"a":${entry(4, 8)}}`, 8)],
    ['bytes after the last tensor', file(`{"a":${entry(0, 4)}}`, 5)],
    ['overlap', file(`{"a":${entry(0, 8)},"b":${entry(4, 12)}}`, 12)],
    ['two tensors on the same bytes', file(`{"a":${entry(0, 4)},"b":${entry(0, 4)}}`, 4)],
    ['end before begin', file(`{"a":${entry(0, 4)},"b":${entry(4, 0, '[0]')}}`, 4)],
    ['out of range', file(`{"a":${entry(0, 8)}}`, 4)],
    ['shape of another size', file(`{"a":${entry(0, 8, '[3]')}}`, 8)],
    ['shape whose product overflows', file(`{"a":${entry(0, 4, '[4294967296,4294967296,4294967296]')}}`, 4)],
    ['negative size', file(`{"a":${entry(0, 4, '[-1]')}}`, 4)],
    ['fractional size', file(`{"a":${entry(0, 4, '[1.0]')}}`, 4)],
    ['exponent', file(`{"a":${entry(0, 40, '[1e1]')}}`, 40)],
    ['name twice', file(`{"a":${entry(0, 4)},"a":${entry(4, 8)}}`, 8)],
    ['name twice, once escaped', file(`{"a":${entry(0, 4)},"\\u0061":${entry(4, 8)}}`, 8)],
    ['field twice', file(`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4)],
    ['__proto__', file(`{"__proto__":${entry(0, 4)}}`, 4)],
    ['unknown field', file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}`, 4)],
    ['missing field', file(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4)],
    ['three offsets', file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}`, 4)],
    ['unknown type', file(`{"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}}`, 4)],
    ['type of the prototype', file(`{"a":{"dtype":"toString","shape":[1],"data_offsets":[0,4]}}`, 4)],
    ['metadata that is no text', file(`{"__metadata__":{"a":1}}`)],
    ['unclosed string', file(`{"a`)],
    ['line break in a string', file(`{"a\n":${entry(0, 4)}}`, 4)],
  ])('refuses a file: %s', (_why, bytes) => {
    expect(() => parseSafetensors(bytes)).toThrow(WEIGHTS_ERROR);
  });

  it('refuses more members than any file needs, in metadata too', () => {
    const members = (value: string) => Array.from({ length: 65_537 }, (_, i) => `"${i}":${value}`).join(',');
    const empty = '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}';
    expect(() => parseSafetensors(file(`{${members(empty)}}`))).toThrow(/at most 65536 members/);
    expect(() => parseSafetensors(file(`{"__metadata__":{${members('""')}}}`))).toThrow(WEIGHTS_ERROR);
  });

  it('does not choke on a very long name', () => {
    const name = 'n'.repeat(4_000_000);
    expect(parseSafetensors(file(`{"${name}":${entry(0, 4)}}`, 4)).tensors.has(name)).toBe(true);
  });

  it('gives a coded error, or a file, for any damage', () => {
    const original = encodeSafetensors(ALL_TYPES, new Map([['k', 'v']]));
    const damage = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(damage, fc.nat(original.length), (changes, length) => {
        const bytes = original.slice(0, changes.length % 2 === 0 ? length : original.length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expectFileOrCodedError(bytes);
      }),
      { numRuns: 3000 },
    );
  });

  it('gives a coded error, or a file, for any header', () => {
    const word = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ':',
      ',',
      '"a"',
      '"dtype"',
      '"F32"',
      '"shape"',
      '0',
      '4',
      '1e',
      '"\\',
    );
    const text = fc.array(fc.oneof(word, fc.constantFrom('"data_offsets"', '"__metadata__"', ' ')), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(text, (words) => expectFileOrCodedError(file(`{${words.join('')}`, 4))),
      { numRuns: 3000 },
    );
  });

  it('refuses to write a tensor whose shape lies', () => {
    const lie: TensorMap = new Map([['a', { dtype: 'F32', shape: [3], data: new Float32Array(2) }]]);
    expect(() => encodeSafetensors(lie)).toThrow(WEIGHTS_ERROR);
  });
});

describe('safetensors on disk', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evoked-safetensors-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('writes the same bytes as in memory, and reads them', async () => {
    const path = join(folder, 'all.safetensors');
    await writeSafetensors(path, ALL_TYPES);
    const { tensors } = await readSafetensors(path);
    expect(tensors).toEqual(parseSafetensors(encodeSafetensors(ALL_TYPES)).tensors);
  });

  it('names a file that is not there, and one that cannot be written', async () => {
    const path = join(folder, 'none', 'a.safetensors');
    const names = (code: string) =>
      expect.objectContaining({ code, message: expect.stringContaining(path) as string }) as EvokedError;
    await expect(readSafetensors(path)).rejects.toThrow(names('ERR_MODEL_WEIGHTS'));
    await expect(writeSafetensors(path, ALL_TYPES)).rejects.toThrow(names('ERR_FILE_WRITE'));
  });
});

function expectFileOrCodedError(bytes: Uint8Array): void {
  try {
    parseSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof EvokedError) || error.code !== 'ERR_MODEL_WEIGHTS') throw error;
  }
}

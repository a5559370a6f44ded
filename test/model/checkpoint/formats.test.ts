import { writeFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publishedLabelScale } from '../../../src/model/checkpoint/label-scale.js';
import { parseWeightFile, readWeightFile } from '../../../src/model/checkpoint/weight-file.js';
import { towerWeights } from '../../../src/model/tower/weights.js';
import { encodeSafetensors } from '../../../src/model/weights/safetensors-writer.js';
import { float32Tensor, tensorFloats, type TensorMap } from '../../../src/model/weights/tensor.js';
import {
  type CheckpointOptions,
  orderedDict,
  storageOver,
  type StoredTensor,
  storedTensor,
  writeCheckpoint,
} from '../../fixtures/checkpoint-writer.js';
import { Call, Global, type Picklable, PersistentId, Tuple } from '../../fixtures/pickle-writer.js';

const FORMATS = (['zip', 'legacy'] as const).flatMap((format) =>
  ([2, 4] as const).map((protocol) => ({ format, protocol })),
);
const ONE_TO_SIX = Float32Array.of(1, 2, 3, 4, 5, 6);

function read(tensors: ReadonlyMap<string, StoredTensor>, options: CheckpointOptions): TensorMap {
  return parseWeightFile(writeCheckpoint(tensors, options)).tensors;
}

describe.each(FORMATS)('a checkpoint in the $format format, pickle protocol $protocol', (options) => {
  it('keeps the values of every element type', () => {
    const tensors = read(
      new Map([
        ['single', storedTensor('FloatStorage', [2, 3], ONE_TO_SIX)],
        ['double', storedTensor('DoubleStorage', [2], Float64Array.of(Math.PI, -1e300))],
        ['half', storedTensor('HalfStorage', [3], Uint16Array.of(0x3c00, 0xc000, 0x3555))],
        ['brain', storedTensor('BFloat16Storage', [2], Uint16Array.of(0x3f80, 0xc040))],
        ['long', storedTensor('LongStorage', [2], BigInt64Array.of(-1n, 2n ** 62n))],
        ['int', storedTensor('IntStorage', [2], Int32Array.of(-5, 2 ** 30))],
        ['short', storedTensor('ShortStorage', [1], Int16Array.of(-7))],
        ['char', storedTensor('CharStorage', [2], Int8Array.of(-1, 127))],
        ['byte', storedTensor('ByteStorage', [3], Uint8Array.of(0, 128, 255))],
        ['bool', storedTensor('BoolStorage', [2], Uint8Array.of(1, 0))],
        ['scalar', storedTensor('LongStorage', [], BigInt64Array.of(42n))],
        ['empty', storedTensor('FloatStorage', [0, 4], new Float32Array(0))],
      ]),
      options,
    );
    expect(tensors).toEqual(
      new Map<string, unknown>([
        ['single', { dtype: 'F32', shape: [2, 3], data: ONE_TO_SIX }],
        ['double', { dtype: 'F64', shape: [2], data: Float64Array.of(Math.PI, -1e300) }],
        ['half', { dtype: 'F16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x3555) }],
        ['brain', { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0xc040) }],
        ['long', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
        ['int', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-5n, 2n ** 30n) }],
        ['short', { dtype: 'I64', shape: [1], data: BigInt64Array.of(-7n) }],
        ['char', { dtype: 'I64', shape: [2], data: BigInt64Array.of(-1n, 127n) }],
        ['byte', { dtype: 'U8', shape: [3], data: Uint8Array.of(0, 128, 255) }],
        ['bool', { dtype: 'U8', shape: [2], data: Uint8Array.of(1, 0) }],
        ['scalar', { dtype: 'I64', shape: [], data: BigInt64Array.of(42n) }],
        ['empty', { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) }],
      ]),
    );
    expect([...tensorFloats('half', tensors.get('half')!)][2]).toBeCloseTo(1 / 3, 3);
    expect([...tensorFloats('brain', tensors.get('brain')!)]).toEqual([1, -3]);
  });

  it('reads shared, transposed, sliced, stepped and expanded tensors', () => {
    const storage = storageOver('FloatStorage', ONE_TO_SIX);
    const tensors = read(
      new Map<string, StoredTensor>([
        ['all', { storage, shape: [2, 3] }],
        ['transposed', { storage, shape: [3, 2], strides: [1, 3] }],
        ['row', { storage, shape: [3], offset: 3 }],
        ['column', { storage, shape: [2], strides: [3], offset: 1 }],
        ['steps', { storage, shape: [3], strides: [2] }],
        ['expanded', { storage, shape: [2, 2], strides: [0, 1] }],
        ['one', { storage, shape: [1, 1, 2], strides: [99, 7, 1], offset: 4 }],
      ]),
      options,
    );
    const values = Object.fromEntries([...tensors].map(([name, { data }]) => [name, [...data]]));
    expect(values).toEqual({
      all: [1, 2, 3, 4, 5, 6],
      transposed: [1, 4, 2, 5, 3, 6],
      row: [4, 5, 6],
      column: [2, 5],
      steps: [1, 3, 5],
      expanded: [1, 2, 1, 2],
      one: [5, 6],
    });
    expect(tensors.get('row')!.data.buffer).toBe(tensors.get('all')!.data.buffer);
  });

  it('gathers any strided tensor of any width as counting it out does', () => {
    const arrays = { 1: Uint8Array, 2: Uint16Array, 4: Float32Array, 8: BigInt64Array } as const;
    const types = { 1: 'ByteStorage', 2: 'HalfStorage', 4: 'FloatStorage', 8: 'LongStorage' } as const;
    const axis = fc.record({ size: fc.integer({ min: 1, max: 4 }), stride: fc.nat(9) });
    fc.assert(
      fc.property(
        fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const),
        fc.array(axis, { maxLength: 4 }),
        fc.nat(20),
        (width, axes, offset) => {
          const numElements = 200;
          const values = new arrays[width](numElements);
          for (let i = 0; i < numElements; i++)
            (values as Uint8Array)[i] = (width === 8 ? BigInt(i) : i) as number;
          const [shape, strides] = [axes.map(({ size }) => size), axes.map(({ stride }) => stride)];
          const stored = { storage: storageOver(types[width], values), shape, strides, offset };
          const tensor = read(new Map([['a', stored]]), options).get('a')!;
          let places = [offset];
          for (const { size, stride } of axes) {
            places = places.flatMap((place) => Array.from({ length: size }, (_, i) => place + i * stride));
          }
          expect([...tensor.data].map(Number)).toEqual(places);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('reads parameters, a bare state dict, and what Lightning and weight averaging leave beside it', () => {
    const tensors = new Map([['a', { ...storedTensor('FloatStorage', [6], ONE_TO_SIX), isParameter: true }]]);
    const expected = new Map([['a', float32Tensor([6], ONE_TO_SIX)]]);
    expect(read(tensors, { ...options, bare: true })).toEqual(expected);
    const swalr = new Global('torch.optim.swa_utils', 'SWALR');
    const anneal = new Call(new Global('__builtin__', 'getattr'), new Tuple(swalr, '_cosine_anneal'));
    const callback = new Global('pytorch_lightning.callbacks.model_checkpoint', 'ModelCheckpoint');
    const attributes = new Global('pytorch_lightning.utilities.parsing', 'AttributeDict');
    const extras = new Map<Picklable, Picklable>([
      ['epoch', 20],
      ['loss', 0.25],
      ['pytorch-lightning_version', '1.2.6'],
      ['callbacks', new Map<Picklable, Picklable>([[callback, new Map([['best', null]])]])],
      ['lr_schedulers', [new Map<Picklable, Picklable>([['anneal_func', anneal]])]],
      ['hparams_type', attributes],
      [
        'hyper_parameters',
        new Call(attributes, new Tuple(), { items: new Map([['lr', 0.005]]), state: new Map() }),
      ],
      ['nested', orderedDict(new Map([['deep', [[new Tuple(1, 2, 3, 4)]]]]))],
    ]);
    const file = parseWeightFile(writeCheckpoint(tensors, { ...options, extras }));
    expect(file.tensors).toEqual(expected);
    expect(Object.fromEntries(file.metadata)).toEqual({
      epoch: '20',
      loss: '0.25',
      'pytorch-lightning_version': '1.2.6',
    });
  });

  it.each(['temporal_audio.', '_temporal.'])('gives a tower under names that begin %s', (prefix) => {
    const regression = prefix.replace('temporal', 'regression');
    const weight = (shape: readonly number[]) => {
      const numValues = shape.reduce((product, size) => product * size, 1);
      return storedTensor('FloatStorage', shape, new Float32Array(numValues).fill(0.5));
    };
    const [conv1, bias] = [weight([4, 3, 2]), weight([4])];
    for (const stack of ['', '0.']) {
      const base = `${prefix}${stack}network.0.`;
      const tensors = read(
        new Map([
          [`${base}conv1.weight`, conv1],
          [`${base}conv1.bias`, bias],
          [`${base}net.0.weight`, conv1],
          [`${base}net.0.bias`, bias],
          [`${base}conv2.weight`, weight([4, 4, 2])],
          [`${base}conv2.bias`, weight([4])],
          [`${base}downsample.weight`, weight([4, 3, 1])],
          [`${base}downsample.bias`, weight([4])],
          [`${regression}0.weight`, weight([5, 4])],
          [`${regression}2.weight`, weight([2, 5])],
        ]),
        options,
      );
      expect(towerWeights(tensors).spec).toMatchObject({ numInputs: 3, numHidden: 5, numLabels: 2 });
      expect(publishedLabelScale(tensors)).toBe(prefix === '_temporal.' ? 1 : 10);
    }
  });
});

it('reads parts of storages, as the legacy format names them', () => {
  const whole = storageOver('FloatStorage', ONE_TO_SIX);
  const part = { ...whole, part: { first: 2, length: 3 } };
  const tensors = read(
    new Map<string, StoredTensor>([
      ['whole', { storage: whole, shape: [6] }],
      ['part', { storage: part, shape: [2], offset: 1 }],
    ]),
    { format: 'legacy' },
  );
  expect([...tensors.get('part')!.data]).toEqual([4, 5]);
  const beyond = { storage: part, shape: [3], offset: 1 };
  expect(() => read(new Map([['a', beyond]]), { format: 'legacy' })).toThrow(/reaches beyond its storage/);
});

it('reads deflated entries', () => {
  const options = { format: 'zip', deflated: true } as const;
  const tensors = read(new Map([['a', storedTensor('FloatStorage', [6], ONE_TO_SIX)]]), options);
  expect([...tensors.get('a')!.data]).toEqual([...ONE_TO_SIX]);
});

describe('the format of a file', () => {
  const tensors = new Map([['a', storedTensor('FloatStorage', [6], ONE_TO_SIX)]]);

  it.each([
    ['pytorch-zip', writeCheckpoint(tensors, { format: 'zip' })],
    ['pytorch-legacy', writeCheckpoint(tensors, { format: 'legacy' })],
    ['safetensors', encodeSafetensors(new Map([['a', float32Tensor([6], ONE_TO_SIX)]]))],
  ])('is seen to be %s whatever its name', async (format, bytes) => {
    const folder = await mkdtemp(join(tmpdir(), 'evoked-format-'));
    try {
      const path = join(folder, 'weights.onnx');
      await writeFile(path, bytes);
      const file = await readWeightFile(path);
      expect(file.format).toBe(format);
      expect(file.tensors).toEqual(parseWeightFile(bytes).tensors);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is safetensors also where the header length begins like a pickle', () => {
    const json = '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'.padEnd(0x280);
    const bytes = Buffer.concat([Buffer.of(0x80, 2, 0, 0, 0, 0, 0, 0), Buffer.from(json), Buffer.of(7)]);
    expect(parseWeightFile(bytes).format).toBe('safetensors');
  });

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['a web page', Buffer.from('<!DOCTYPE html><title>Not found</title>')],
    ['HDF5', Buffer.from('\x89HDF\r\n\x1a\n00000000', 'latin1')],
    ['a file that begins 00 01 02', Buffer.of(0, 1, 2)],
  ])('is refused where it is %s', (got, bytes) => {
    const expected = { code: 'ERR_FILE_FORMAT', message: expect.stringContaining(got) as string };
    expect(() => parseWeightFile(bytes)).toThrow(expect.objectContaining(expected) as Error);
  });

  it('is refused where it cannot be read, by name', async () => {
    const expected = {
      code: 'ERR_MODEL_WEIGHTS',
      message: expect.stringContaining('/nowhere.ckpt') as string,
    };
    await expect(readWeightFile('/nowhere.ckpt')).rejects.toMatchObject(expected);
    await expect(readWeightFile(tmpdir())).rejects.toMatchObject({ code: 'ERR_MODEL_WEIGHTS' });
  });
});

it('refuses a storage that is described in two ways', () => {
  const id = (numElements: number) =>
    new PersistentId(new Tuple('storage', new Global('torch', 'FloatStorage'), '0', 'cpu', numElements));
  const extras = new Map<Picklable, Picklable>([['other', [id(6), id(7)]]]);
  const tensors = new Map([['a', storedTensor('FloatStorage', [6], ONE_TO_SIX)]]);
  expect(() => parseWeightFile(writeCheckpoint(tensors, { format: 'zip', extras }))).toThrow(/in two ways/);
});

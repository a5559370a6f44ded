import { describe, expect, it } from 'vitest';
import { readPickle } from '../../../src/model/checkpoint/pickle-machine.js';
import { PICKLE_LIMITS } from '../../../src/model/checkpoint/pickle-stack.js';
import { parseWeightFile } from '../../../src/model/checkpoint/weight-file.js';
import { storedTensor, writeCheckpoint, zipCheckpoint } from '../../fixtures/checkpoint-writer.js';
import {
  Call,
  Global,
  pickle,
  type Picklable,
  PersistentId,
  RawOpcodes,
  Tuple,
} from '../../fixtures/pickle-writer.js';

const refusal = (text: string | RegExp) => {
  const message = (
    typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text)
  ) as string;
  return expect.objectContaining({ code: 'ERR_MODEL_WEIGHTS', message }) as Error;
};
const read = (value: Picklable, protocol: 2 | 4 = 2) => readPickle(pickle(value, { protocol }));
const rebuild = (...args: Picklable[]) =>
  new Call(new Global('torch._utils', '_rebuild_tensor_v2'), new Tuple(...args));
const storage = (key: Picklable = '0', numElements: Picklable = 6) =>
  new PersistentId(new Tuple('storage', new Global('torch', 'FloatStorage'), key, 'cpu', numElements));

describe('a pickle', () => {
  it.each<[module: string, name: string]>([
    ['os', 'system'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['subprocess', 'Popen'],
    ['builtins', 'eval'],
    ['builtins', 'exec'],
    ['builtins', '__import__'],
    ['__builtin__', 'apply'],
    ['pickle', 'loads'],
    ['torch', 'load'],
    ['torch', 'FloatStorage '],
    ['torch._utils', '_rebuild_tensor_v2.__globals__'],
    ['torch', '_utils._rebuild_tensor_v2'],
    ['collections', 'OrderedDict.fromkeys'],
    ['', 'collections.OrderedDict'],
    ['__proto__', 'constructor'],
  ])('that asks for %s %s is refused by name, called or not', (module, name) => {
    for (const protocol of [2, 4] as const) {
      const global = new Global(module, name);
      expect(() => read(global, protocol)).toThrow(refusal(`${module}.${name}`));
      expect(() => read(new Call(global, new Tuple('id')), protocol)).toThrow(refusal(`${module}.${name}`));
    }
  });

  it('may name getattr for the functions of weight averaging alone', () => {
    const swalr = new Global('torch.optim.swa_utils', 'SWALR');
    const get = (...args: Picklable[]) => new Call(new Global('builtins', 'getattr'), new Tuple(...args));
    expect(() => read(get(swalr, '_linear_anneal'))).not.toThrow();
    for (const args of [
      [swalr, '__init__'],
      [new Global('torch', 'Size'), '_linear_anneal'],
      [swalr],
      ['a', 'b'],
    ]) {
      expect(() => read(get(...args))).toThrow(refusal('builtins.getattr'));
    }
  });

  it.each<[name: string, ...bytes: (number | string)[]]>([
    ['INST', '(ios\nsystem\n'],
    ['OBJ', '(o'],
    ['EXT1', 0x82, 1],
    ['EXT2', 0x83, 1, 0],
    ['EXT4', 0x84, 1, 0, 0, 0],
    ['PERSID', 'P0\n'],
    ['STRING', "S'a'\n"],
    ['INT', 'I1\n'],
    ['LONG4', 0x8b, 1, 0, 0, 0, 1],
    ['NEWOBJ_EX', 0x92],
    ['NEXT_BUFFER', 0x97],
    ['0xff', 0xff],
  ])('with the opcode %s is refused by name', (name, ...bytes) => {
    expect(() => read(new RawOpcodes(...bytes))).toThrow(refusal(name));
  });

  it.each<[why: string, value: Picklable, text: string]>([
    ['calls what is no class', new RawOpcodes('K', 1, ')R'), 'no class or function'],
    ['calls with no tuple', new RawOpcodes('ctorch\nSize\n', ']R'), 'no class or function'],
    [
      'makes a storage in place',
      new Call(new Global('torch', 'FloatStorage'), new Tuple(4)),
      'torch.FloatStorage',
    ],
    ['recalls what is not there', new RawOpcodes('h', 9), 'memo 9'],
    ['takes from an empty stack', new RawOpcodes('0'), 'stack'],
    ['takes across a mark', new RawOpcodes('K', 1, '(0'), 'stack'],
    ['closes no mark', new RawOpcodes('t'), 'stack'],
    ['leaves values behind', new RawOpcodes('K', 1, 'K', 2), 'leaves values behind'],
    ['appends to a number', new RawOpcodes('K', 1, 'K', 2, 'a'), 'no list'],
    ['sets items of a list', new RawOpcodes(']K', 1, 'K', 2, 's'), 'no dict'],
    ['has a key without value', new RawOpcodes('}(K', 1, 'u'), 'without a value'],
    ['has text that is not UTF-8', new RawOpcodes('X', 1, 0, 0, 0, 0xff), 'UTF-8'],
    ['holds a huge number', new RawOpcodes(0x8a, 33, 'x'.repeat(33)), 'huge number'],
    ['has an endless name', new RawOpcodes('c', 'a'.repeat(300)), 'without an end'],
    ['states a text longer than itself', new RawOpcodes('X', 255, 255, 255, 255), 'cut short'],
    ['has another persistent id', new PersistentId(new Tuple('module', 'code')), 'persistent id'],
    ['has a storage of a negative size', storage('0', -1), 'persistent id'],
    ['has a storage with no key', storage(7), 'persistent id'],
    ['rebuilds from no storage', rebuild('a', 0, new Tuple(1), new Tuple(1)), 'storage'],
    ['has more sizes than strides', rebuild(storage(), 0, new Tuple(1, 1), new Tuple(1)), 'strides'],
    ['has a negative stride', rebuild(storage(), 5, new Tuple(6), new Tuple(-1)), 'strides'],
    ['has a fractional size', rebuild(storage(), 0, new Tuple(1.5), new Tuple(1)), 'strides'],
    ['uses protocol 0 halfway', new RawOpcodes(0x80, 0), 'protocol'],
  ])('that %s is refused', (_why, value, text) => {
    expect(() => read(value)).toThrow(refusal(text));
  });

  it.each<[what: string, bytes: Uint8Array]>([
    [
      'depth',
      Buffer.concat([Buffer.of(0x80, 2), Buffer.alloc(PICKLE_LIMITS.depth + 1, '('), Buffer.from('N.')]),
    ],
    ['stack', Buffer.concat([Buffer.of(0x80, 2), Buffer.alloc(PICKLE_LIMITS.stack + 1, 'N')])],
    ['objects', Buffer.concat([Buffer.of(0x80, 2), Buffer.alloc(2 * PICKLE_LIMITS.objects + 2, '}0')])],
    ['opcodes', Buffer.concat([Buffer.of(0x80, 2), Buffer.alloc(PICKLE_LIMITS.opcodes + 2, 'N0')])],
    ['memo', memoFiller(PICKLE_LIMITS.memo + 1)],
  ])('that exceeds the limit of its %s is refused', (what, bytes) => {
    expect(() => readPickle(bytes)).toThrow(refusal(`limit of its ${what}`));
  });

  it('may hold itself', () => {
    const bytes = Buffer.concat([Buffer.of(0x80, 2), Buffer.from(']q\0h\0a.')]);
    const { value } = readPickle(bytes) as { value: unknown[] };
    expect(value[0]).toBe(value);
  });
});

function memoFiller(count: number): Uint8Array {
  const bytes = Buffer.alloc(3 + 5 * count);
  bytes.set([0x80, 2, 0x4e]);
  for (let i = 0; i < count; i++) {
    bytes[3 + 5 * i] = 0x72;
    bytes.writeUInt32LE(i, 4 + 5 * i);
  }
  return bytes;
}

describe('a checkpoint', () => {
  const values = new Map([['0', Buffer.alloc(24)]]);
  const stateDict = (tensor: Picklable) =>
    pickle(new Map<Picklable, Picklable>([['state_dict', new Map([['a', tensor]])]]));
  const tensor = (offset: number, shape: number[], strides: number[]) =>
    rebuild(storage(), offset, new Tuple(...shape), new Tuple(...strides));

  it.each<[why: string, data: Uint8Array, text: string]>([
    ['is a list', pickle([1]), 'no dict'],
    ['holds no tensors', pickle(new Map([['state_dict', new Map()]])), 'no tensors'],
    ['reaches beyond a storage', stateDict(tensor(1, [6], [1])), 'reaches beyond'],
    ['has strides beyond a storage', stateDict(tensor(0, [2, 2], [5, 1])), 'reaches beyond'],
    ['has a shape beyond counting', stateDict(tensor(0, [2 ** 50, 2 ** 50], [0, 0])), 'reaches beyond'],
    ['blows up by a stride of 0', stateDict(tensor(0, [2 ** 30], [0])), 'far larger'],
    ['lacks a storage', stateDict(rebuild(storage('1'), 0, new Tuple(6), new Tuple(1))), 'archive/data/1'],
    [
      'has a storage of another size',
      stateDict(rebuild(storage('0', 7), 0, new Tuple(6), new Tuple(1))),
      'wrong size',
    ],
    [
      'has bytes after its pickle',
      Buffer.concat([stateDict(tensor(0, [6], [1])), Buffer.of(0)]),
      'ends early',
    ],
    ['climbs out by a key', stateDict(rebuild(storage('../../x'), 0, new Tuple(6), new Tuple(1))), '../../x'],
  ])('that %s is refused', (_why, data, text) => {
    expect(() => parseWeightFile(zipCheckpoint(data, values))).toThrow(refusal(text));
  });

  it('in the legacy format is refused where its parts do not fit together', () => {
    const written = writeCheckpoint(
      new Map([['a', storedTensor('FloatStorage', [6], new Float32Array(6))]]),
      {
        format: 'legacy',
      },
    );
    const changed = (at: number, value: number) => {
      const bytes = Buffer.from(written);
      bytes[at] = value;
      return bytes;
    };
    const lengthAt = written.length - 24 - 8;
    expect(() => parseWeightFile(changed(lengthAt, 7))).toThrow(refusal('wrong size'));
    expect(() => parseWeightFile(changed(5, 0))).toThrow(
      expect.objectContaining({ code: 'ERR_FILE_FORMAT' }) as Error,
    );
    expect(() => parseWeightFile(written.subarray(0, -1))).toThrow(refusal('do not fill'));
    expect(() => parseWeightFile(Buffer.concat([written, Buffer.of(0)]))).toThrow(refusal('do not fill'));
    const endian = Buffer.from(written).indexOf('little_endian');
    const truth = Buffer.from(written).indexOf(0x88, endian);
    expect(() => parseWeightFile(changed(truth, 0x89))).toThrow(refusal('byte order'));
  });

  it.each(['zip', 'legacy'] as const)('in the %s format is refused wherever it is cut', (format) => {
    const written = writeCheckpoint(
      new Map([['a', storedTensor('FloatStorage', [6], new Float32Array(6))]]),
      { format },
    );
    for (let length = 0; length < written.length; length++) {
      expect(() => parseWeightFile(written.subarray(0, length))).toThrow(
        expect.objectContaining({ name: 'EvokedError' }) as Error,
      );
    }
  });
});

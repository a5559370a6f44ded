import { describe, expect, it } from 'vitest';
import { checkForeignModel, FOREIGN_MODEL_LIMITS } from '../../../src/model/onnx/check-foreign-model.js';
import { encodeModel } from '../../../src/model/onnx/onnx-proto.js';

type Part = number | string | Uint8Array;

/** A field of bytes: a message, a text. */
function bytes(field: number, ...parts: readonly Part[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))),
  );
  return Buffer.concat([varint((field << 3) | 2), varint(body.length), body]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function varint(value: number): Buffer {
  const digits: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) digits.push((value % 128) | 128);
  return Buffer.of(...digits, value);
}

function repeated(part: Buffer, count: number): Buffer {
  return Buffer.alloc(part.length * count, part);
}

const OPSET = bytes(8, bytes(1, ''), number(2, 17));
const node = (...fields: Buffer[]) => bytes(1, bytes(4, 'Identity'), ...fields);
const attribute = (...fields: Buffer[]) => node(bytes(5, bytes(1, 'value'), ...fields));
const model = (...graph: Buffer[]) => Buffer.concat([number(1, 8), OPSET, bytes(7, ...graph)]);
const external = [bytes(13, bytes(1, 'location'), bytes(2, '/etc/passwd')), number(14, 1)] as const;

const code = (name: string, text: string) =>
  expect.objectContaining({ code: name, message: expect.stringContaining(text) as string }) as Error;

describe('checkForeignModel', () => {
  it('lets a whole model of known operators through', () => {
    const graph = {
      name: 'g',
      node: [
        {
          name: '',
          opType: 'QuickGelu',
          domain: 'com.microsoft',
          input: ['x'],
          output: ['y'],
          attribute: [],
        },
      ],
      initializer: [{ name: 'w', dims: [1], dataType: 1, rawData: new Uint8Array(4) }],
      input: [],
      output: [],
    };
    const opsetImport = [
      { domain: '', version: 17 },
      { domain: 'com.microsoft', version: 1 },
    ];
    const found = checkForeignModel(encodeModel({ irVersion: 8, producerName: 'test', opsetImport, graph }));
    expect(found.numNodes).toBe(1);
    expect(Object.fromEntries(found.operatorSets)).toEqual({ 'ai.onnx': 17, 'com.microsoft': 1 });
  });

  it('looks into nested graphs', () => {
    const nested = attribute(bytes(6, node(), attribute(bytes(11, node()))));
    expect(checkForeignModel(model(nested)).numNodes).toBe(4);
  });

  it.each<[where: string, file: Buffer]>([
    ['an initializer', model(bytes(5, ...external))],
    ['an initializer, by its location alone', model(bytes(5, external[1]))],
    ['an initializer, by its path alone', model(bytes(5, external[0]))],
    ['the values of a sparse initializer', model(bytes(15, bytes(1, ...external)))],
    ['the indices of a sparse initializer', model(bytes(15, bytes(2, ...external)))],
    ['an attribute', model(attribute(bytes(5, ...external)))],
    ['a list of tensors', model(attribute(bytes(10), bytes(10, ...external)))],
    ['a sparse attribute', model(attribute(bytes(22, bytes(1, ...external))))],
    ['a nested graph', model(attribute(bytes(6, bytes(5, ...external))))],
    ['a second graph field', Buffer.concat([model(), bytes(7, bytes(5, ...external))])],
  ])('refuses data in another file, in %s', (_where, file) => {
    expect(() => checkForeignModel(file)).toThrow(code('ERR_MODEL_WEIGHTS', 'another file'));
  });

  it.each<[where: string, file: Buffer]>([
    ['an operation', model(node(bytes(7, 'evil.ops')))],
    ['a nested operation', model(attribute(bytes(6, node(bytes(7, 'evil.ops')))))],
    ['an operator set', Buffer.concat([model(), bytes(8, bytes(1, 'evil.ops'), number(2, 1))])],
  ])('refuses an unknown domain of %s by name', (_where, file) => {
    expect(() => checkForeignModel(file)).toThrow(code('ERR_MODEL_WEIGHTS', '"evil.ops"'));
  });

  it.each<[what: string, file: Buffer, text: string]>([
    ['functions', Buffer.concat([model(), bytes(25, bytes(1, 'f'))]), 'functions'],
    ['training graphs', Buffer.concat([model(), bytes(20)]), 'training'],
    ['too many operations', model(repeated(bytes(1), FOREIGN_MODEL_LIMITS.nodes + 1)), 'operations'],
    ['too many fields', model(repeated(bytes(5), FOREIGN_MODEL_LIMITS.fields)), 'fields'],
    ['graphs too deep', model(deep(20)), 'inside of one another'],
  ])('refuses %s', (_what, file, text) => {
    expect(() => checkForeignModel(file)).toThrow(code('ERR_MODEL_WEIGHTS', text));
  });

  it.each<[what: string, file: Buffer]>([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('<!DOCTYPE html>')],
    ["ONNX Runtime's format", Buffer.concat([Buffer.of(8, 8, 0, 0), Buffer.from('ORTM'), model()])],
    ['no graph', Buffer.concat([number(1, 8), OPSET])],
    ['two graphs', Buffer.concat([model(), bytes(7)])],
    ['no version', Buffer.concat([OPSET, bytes(7)])],
    ['a graph that is a number', Buffer.concat([number(1, 8), OPSET, number(7, 1)])],
    ['a domain that is not UTF-8', model(node(bytes(7, 0xff)))],
    ['a group', Buffer.concat([model(), Buffer.of(0x0b)])],
    ['field 0', Buffer.concat([model(), Buffer.of(0x00, 0x00)])],
    ['an endless number', Buffer.concat([model(), Buffer.alloc(12, 0xff)])],
  ])('refuses what is no ONNX: %s', (_what, file) => {
    expect(() => checkForeignModel(file)).toThrow(code('ERR_FILE_FORMAT', ''));
  });
});

/** Attributes with a graph with a node with such an attribute, and so on. */
function deep(levels: number): Buffer {
  return levels === 0 ? node() : attribute(bytes(6, deep(levels - 1)));
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Amf0Reader, encodeAmf0 } from '../../../src/streams/rtmp/protocol/amf0.js';
import { RtmpViolation } from '../../../src/streams/rtmp/protocol/rtmp-violation.js';

const anyWritten = fc.oneof(
  fc.double({ noNaN: true }),
  fc.string({ maxLength: 50 }),
  fc.constant(null),
  fc.dictionary(
    fc.string({ minLength: 1, maxLength: 10 }),
    fc.oneof(fc.integer(), fc.string({ maxLength: 20 })),
    {
      noNullPrototype: true,
    },
  ),
);

const EVERY_TYPE = Buffer.concat([
  Buffer.from([0x0a, 0, 0, 0, 2, 1, 1, 5]),
  Buffer.from([0x0b, ...new Uint8Array(10)]),
  Buffer.from([0x08, 0, 0, 0, 1, 0, 1, 0x61, 3, 0, 1, 0x62, 1, 1, 0, 0, 9, 0, 0, 9]),
  Buffer.from([0x0c, 0, 0, 0, 2, 0x68, 0x69]),
  Buffer.from([0x06]),
  encodeAmf0(['after']),
]);

function readAll(bytes: Buffer, count: number): unknown[] {
  const reader = new Amf0Reader(bytes);
  return Array.from({ length: count }, () => reader.next());
}

test('what is written is read again', () => {
  fc.assert(
    fc.property(fc.array(anyWritten, { maxLength: 5 }), (values) => {
      const expected = values.map((value) =>
        typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : value,
      );
      expect(readAll(encodeAmf0(values), values.length + 1)).toEqual([...expected, undefined]);
    }),
  );
});

test('types that no command needs are read over', () => {
  const object = new Map([['a', new Map([['b', true]])]]);
  expect(readAll(EVERY_TYPE, 6)).toEqual([undefined, undefined, object, 'hi', undefined, 'after']);
});

test('a command that ends inside a value is a violation, wherever it ends', () => {
  const command = encodeAmf0(['connect', 1, { app: 'live', capabilities: 239 }]);
  const whole = [encodeAmf0(['connect']).length, encodeAmf0(['connect', 1]).length];
  for (let length = 1; length < command.length; length++) {
    const read = (): unknown => readAll(command.subarray(0, length), 3);
    if (whole.includes(length)) expect(read).not.toThrow();
    else expect(read).toThrow(RtmpViolation);
  }
});

test('neither depth nor announced lengths take more than the bytes that are there', () => {
  const deep = Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from([3, 0, 1, 0x61])));
  expect(() => new Amf0Reader(deep).next()).toThrow(RtmpViolation);
  const long = Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 5, 5]);
  expect(() => new Amf0Reader(long).next()).toThrow(RtmpViolation);
  expect(() => new Amf0Reader(Buffer.from([0x0c, 0xff, 0xff, 0xff, 0xff])).next()).toThrow(RtmpViolation);
  expect(() => new Amf0Reader(Buffer.from([0x0d])).next()).toThrow(RtmpViolation);
});

test('a key of an object means nothing but itself', () => {
  const [object] = readAll(encodeAmf0([{ ['__proto__x']: 1 }]), 1);
  expect(object).toBeInstanceOf(Map);
  const hostile = Buffer.from('\x03\x00\x09__proto__\x03\x00\x01a\x01\x01\x00\x00\x09\x00\x00\x09', 'latin1');
  new Amf0Reader(hostile).next();
  expect(({} as { a?: unknown }).a).toBeUndefined();
});

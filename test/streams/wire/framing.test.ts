import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  frameMessage,
  HEADER_BYTES,
  WireReader,
  type WireLimits,
} from '../../../src/streams/wire/framing.js';

const LIMITS: WireLimits = new Map([
  [1, 100],
  [2, 0],
  [7, 70_000],
]);

const wire = expect.objectContaining({ code: 'ERR_DECODE_WIRE' }) as unknown as Error;

interface Message {
  readonly kind: number;
  readonly body: Uint8Array;
}

const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant(1), body: fc.uint8Array({ maxLength: 100 }) }),
  fc.record({ kind: fc.constant(2), body: fc.constant(new Uint8Array()) }),
  fc.record({ kind: fc.constant(7), body: fc.uint8Array({ maxLength: 3000, size: 'max' }) }),
);

function read(chunks: readonly Buffer[]): Message[] {
  const messages: Message[] = [];
  const reader = new WireReader(LIMITS, (kind, body) => {
    messages.push({ kind, body: Uint8Array.from(body) });
  });
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return messages;
}

/** Cuts `bytes` at the given places; empty chunks included. */
function chop(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.slice(1).map((place, i) => bytes.subarray(places[i], place));
}

describe('WireReader', () => {
  test('finds the same messages however the bytes are chopped', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (messages, cuts) => {
          const bytes = Buffer.concat(messages.map(({ kind, body }) => frameMessage(kind, body)));
          expect(read(chop(bytes, cuts))).toEqual(messages);
        },
      ),
    );
  });

  test('finds the same messages byte by byte', () => {
    const bytes = Buffer.concat([
      frameMessage(1, Buffer.from('abc')),
      frameMessage(2),
      frameMessage(7, Buffer.alloc(300, 5)),
    ]);
    expect(read([...bytes].map((byte) => Buffer.from([byte])))).toEqual(read([bytes]));
    expect(read([bytes])).toHaveLength(3);
  });

  test('never fails but with ERR_DECODE_WIRE, whatever it reads', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(fc.nat(), { maxLength: 5 }), (bytes, cuts) => {
        try {
          read(chop(Buffer.from(bytes), cuts));
        } catch (error) {
          expect(error).toEqual(wire);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('refuses a length beyond its kind before the body has come', () => {
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(0xffff_ffff, 0);
    header.writeUInt8(1, 4);
    expect(() => read([header])).toThrow(wire);
    header.writeUInt32LE(101, 0);
    expect(() => read([header])).toThrow(/got 101 bytes; expected at most 100/);
  });

  test('refuses an unknown kind', () => {
    expect(() => read([frameMessage(9)])).toThrow(/no known kind; got 9/);
  });

  test.each([1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 2])(
    'refuses an end after %i bytes of a message',
    (n) => {
      expect(() => read([frameMessage(1, Buffer.from('abc')).subarray(0, n)])).toThrow(
        /ended inside a message/,
      );
    },
  );

  test('joins the parts of a message', () => {
    expect(frameMessage(1, Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3))).toEqual(
      Buffer.from([3, 0, 0, 0, 1, 1, 2, 3]),
    );
  });
});

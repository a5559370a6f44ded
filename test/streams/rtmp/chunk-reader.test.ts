import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChunkReader } from '../../../src/streams/rtmp/protocol/chunk-reader.js';
import { MESSAGE, type RtmpMessage } from '../../../src/streams/rtmp/protocol/message.js';
import { RtmpViolation } from '../../../src/streams/rtmp/protocol/rtmp-violation.js';
import { cutMessage } from '../../fixtures/rtmp-peer.js';

const MAX_BYTES = 8 * 1024 * 1024;

function collect(maxMessageBytes = MAX_BYTES): { reader: ChunkReader; messages: RtmpMessage[] } {
  const messages: RtmpMessage[] = [];
  const reader = new ChunkReader(maxMessageBytes, (message) => {
    messages.push({ ...message, body: Buffer.from(message.body) });
    return true;
  });
  return { reader, messages };
}

function message(type: number, timeMs: number, body: Uint8Array): RtmpMessage {
  return { type, streamId: 1, timeMs, body: Buffer.from(body) };
}

function setChunkSize(numBytes: number): Buffer {
  const body = Buffer.alloc(4);
  body.writeUInt32BE(numBytes);
  return cutMessage({ type: MESSAGE.setChunkSize, streamId: 0, timeMs: 0, body }, { chunkStream: 2 });
}

const anyMessage = fc.record({
  type: fc.constantFrom(MESSAGE.audio, MESSAGE.video, MESSAGE.command),
  timeMs: fc.oneof(fc.nat(1000), fc.integer({ min: 0xfffff0, max: 0xffffffff })),
  body: fc.uint8Array({ maxLength: 700, size: 'max' }),
});

test('messages come out as they were cut, whatever the chunks and pieces', () => {
  fc.assert(
    fc.property(
      fc.array(anyMessage, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 300 }),
      fc.array(fc.integer({ min: 2, max: 9 }), { minLength: 8, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      (anyMessages, chunkBytes, chunkStreams, pieces) => {
        const sent = anyMessages.map(({ type, timeMs, body }) => message(type, timeMs, body));
        const bytes = Buffer.concat([
          setChunkSize(chunkBytes),
          ...sent.map((each, i) => cutMessage(each, { chunkBytes, chunkStream: chunkStreams[i]! })),
        ]);
        const { reader, messages } = collect();
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const end = at + pieces[i % pieces.length]!;
          reader.push(bytes.subarray(at, end));
          at = end;
        }
        expect(messages.slice(1)).toEqual(sent);
      },
    ),
  );
});

test('messages of two chunk streams that take turns', () => {
  const video = cutMessage(message(MESSAGE.video, 40, Buffer.alloc(256, 1)), { chunkStream: 6 });
  const audio = cutMessage(message(MESSAGE.audio, 41, Buffer.alloc(100, 2)), { chunkStream: 4 });
  const { reader, messages } = collect();
  const firstChunk = 12 + 128;
  reader.push(Buffer.concat([video.subarray(0, firstChunk), audio, video.subarray(firstChunk)]));
  expect(messages.map(({ type, timeMs, body }) => [type, timeMs, body.length])).toEqual([
    [MESSAGE.audio, 41, 100],
    [MESSAGE.video, 40, 256],
  ]);
});

test('headers that leave out what is as before', () => {
  const { reader, messages } = collect();
  reader.push(cutMessage(message(MESSAGE.audio, 1000, Buffer.of(1, 2)), { chunkStream: 4 }));
  // 20 ms later, another length and type; 20 ms later, the same length; the same again; then the counter wraps.
  reader.push(Buffer.from([0x44, 0, 0, 20, 0, 0, 3, MESSAGE.video, 1, 2, 3]));
  reader.push(Buffer.from([0x84, 0, 0, 30, 4, 5, 6]));
  reader.push(Buffer.from([0xc4, 7, 8, 9]));
  reader.push(Buffer.from([0x84, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 1]));
  expect(messages.map(({ type, timeMs, streamId }) => [type, timeMs, streamId])).toEqual([
    [MESSAGE.audio, 1000, 1],
    [MESSAGE.video, 1020, 1],
    [MESSAGE.video, 1050, 1],
    [MESSAGE.video, 1080, 1],
    [MESSAGE.video, 1079, 1],
  ]);
});

test('chunk stream ids of one, two and three bytes', () => {
  const { reader, messages } = collect();
  for (const chunkStream of [63, 64, 319, 320, 65_599]) {
    reader.push(cutMessage(message(MESSAGE.audio, chunkStream, Buffer.alloc(300)), { chunkStream }));
  }
  expect(messages.map(({ timeMs }) => timeMs)).toEqual([63, 64, 319, 320, 65_599]);
});

test('an aborted message is forgotten', () => {
  const { reader, messages } = collect();
  reader.push(cutMessage(message(MESSAGE.video, 0, Buffer.alloc(200)), { chunkStream: 6 }).subarray(0, 140));
  reader.push(cutMessage({ type: MESSAGE.abort, streamId: 0, timeMs: 0, body: Buffer.of(0, 0, 0, 6) }));
  reader.push(cutMessage(message(MESSAGE.video, 7, Buffer.of(9)), { chunkStream: 6 }));
  expect(messages.filter(({ type }) => type === MESSAGE.video)).toEqual([
    message(MESSAGE.video, 7, Buffer.of(9)),
  ]);
});

test('reading stops behind a message where that is asked for, and goes on with what is handed back', () => {
  const seen: number[] = [];
  let isStopped = true;
  const reader = new ChunkReader(MAX_BYTES, ({ timeMs }) => {
    seen.push(timeMs);
    return !isStopped;
  });
  const bytes = [1, 2, 3].map((timeMs) => cutMessage(message(MESSAGE.audio, timeMs, Buffer.of(timeMs))));
  const rest = reader.push(Buffer.concat(bytes));
  expect(seen).toEqual([1]);
  isStopped = false;
  expect(reader.push(rest)).toHaveLength(0);
  expect(seen).toEqual([1, 2, 3]);
});

describe('what is refused', () => {
  test.each([
    ['a message beyond the limit', cutMessage(message(MESSAGE.video, 0, Buffer.alloc(MAX_BYTES + 1)))],
    ['a chunk size of 0', setChunkSize(0)],
    ['a chunk size with its highest bit set', setChunkSize(0x80000000)],
    ['a chunk size without a size', cutMessage(message(MESSAGE.setChunkSize, 0, Buffer.alloc(0)))],
    ['a chunk that goes on with nothing', Buffer.from([0xc5, 0])],
    [
      'a message inside another one',
      Buffer.concat([
        cutMessage(message(MESSAGE.video, 0, Buffer.alloc(200))).subarray(0, 140),
        cutMessage(message(MESSAGE.video, 0, Buffer.alloc(200))),
      ]),
    ],
  ])('%s', (_what, bytes) => {
    expect(() => collect().reader.push(bytes)).toThrow(RtmpViolation);
  });

  test('more chunk streams than any encoder has', () => {
    const { reader } = collect();
    const open = (chunkStream: number): Buffer =>
      cutMessage(message(MESSAGE.video, 0, Buffer.alloc(200)), { chunkStream }).subarray(0, 140);
    expect(() => {
      for (let id = 3; id < 20; id++) reader.push(open(id));
    }).toThrow('too many');
  });
});

test('memory follows the bytes that came, not the lengths that were announced', () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 50 }, () => collect().reader);
  for (const reader of readers) {
    for (let id = 3; id < 19; id++) {
      // The first chunk of 8 MB, and no more of it: 16 a connection.
      const bytes = Buffer.alloc(12 + 128);
      bytes.writeUInt8(id, 0);
      bytes.writeUIntBE(MAX_BYTES, 4, 3);
      bytes.writeUInt8(MESSAGE.video, 7);
      reader.push(bytes);
    }
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32e6);
  expect(readers).toHaveLength(50);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FLV_HEADER } from '../../../src/streams/rtmp/protocol/flv.js';
import { MESSAGE } from '../../../src/streams/rtmp/protocol/message.js';
import { MAX_MEDIA_BYTES, Publisher } from '../../../src/streams/rtmp/protocol/publisher.js';
import { RtmpViolation } from '../../../src/streams/rtmp/protocol/rtmp-violation.js';
import {
  AnswerReader,
  command,
  cutMessage,
  greeting,
  HANDSHAKE,
  videoMessage,
} from '../../fixtures/rtmp-peer.js';

interface Talk {
  readonly publisher: Publisher;
  readonly answers: AnswerReader;
  readonly keys: string[];
  readonly media: Buffer[];
  readonly ends: string[];
}

function talk(): Talk {
  const answers = new AnswerReader();
  const [keys, media, ends]: [string[], Buffer[], string[]] = [[], [], []];
  const publisher = new Publisher({
    send: (bytes) => answers.push(bytes),
    publish: (key) => void keys.push(key),
    media: (bytes) => void media.push(bytes),
    done: (reason) => void ends.push(reason),
  });
  return { publisher, answers, keys, media, ends };
}

test('an encoder is asked for its key, accepted, and its media comes out as FLV', () => {
  const { publisher, answers, keys, media, ends } = talk();
  publisher.push(greeting('door-key'));
  expect(keys).toEqual(['door-key']);
  expect(answers.codes).toEqual(['NetConnection.Connect.Success']);
  expect(media).toEqual([]);
  publisher.accept();
  expect(answers.codes.at(-1)).toBe('NetStream.Publish.Start');
  publisher.push(videoMessage(300, 0x12345678));
  publisher.push(cutMessage({ type: MESSAGE.audio, streamId: 1, timeMs: 20, body: Buffer.of(0xaf, 1, 2) }));
  // No media: times of day, texts, sizes of pictures.
  publisher.push(cutMessage({ type: 18, streamId: 1, timeMs: 20, body: Buffer.of(2, 0, 0) }));
  expect(media).toHaveLength(3);
  expect(media[0]).toEqual(FLV_HEADER);
  const [, video, audio] = media;
  expect([...video!.subarray(0, 11)]).toEqual([9, 0, 1, 44, 0x34, 0x56, 0x78, 0x12, 0, 0, 0]);
  expect(video!.subarray(11, 311)).toEqual(Buffer.alloc(300, 0x17));
  expect(video!.readUInt32BE(311)).toBe(311);
  expect([...audio!]).toEqual([8, 0, 0, 3, 0, 0, 20, 0, 0, 0, 0, 0xaf, 1, 2, 0, 0, 0, 14]);
  publisher.push(command(1, 'deleteStream', 6, null, 1));
  expect(answers.codes.at(-1)).toBe('NetStream.Unpublish.Success');
  expect(ends).toEqual(['goodbye']);
});

test('bytes that come one by one make the same', () => {
  const { publisher, keys, media } = talk();
  for (const byte of greeting('door-key')) publisher.push(Buffer.of(byte));
  expect(keys).toEqual(['door-key']);
  publisher.accept();
  for (const byte of videoMessage(200, 40)) publisher.push(Buffer.of(byte));
  expect(media.map(({ length }) => length)).toEqual([13, 215]);
});

test('media of an encoder that does not wait for the answer is kept until it is accepted', () => {
  const { publisher, media } = talk();
  publisher.push(Buffer.concat([greeting('k'), videoMessage(50, 1)]));
  publisher.push(videoMessage(60, 2));
  expect(media).toEqual([]);
  publisher.accept();
  expect(media.map(({ length }) => length)).toEqual([13, 65, 75]);
});

test('a refused key is told so in the words of RTMP, and nothing is taken after it', () => {
  const { publisher, answers, media, ends } = talk();
  publisher.push(greeting('wrong'));
  publisher.refuse('There is no stream of this key.');
  expect(answers.codes.at(-1)).toBe('NetStream.Publish.BadName');
  publisher.push(videoMessage(50));
  publisher.accept();
  expect([media, ends]).toEqual([[], ['refused']]);
});

test('parameters behind the key are not part of it', () => {
  const { publisher, keys } = talk();
  publisher.push(greeting('door-key?encoder=obs'));
  expect(keys).toEqual(['door-key']);
});

test('another application, an empty key and a player are refused', () => {
  for (const [bytes, code] of [
    [greeting('k', 'vod'), 'NetConnection.Connect.InvalidApp'],
    [greeting(''), 'NetStream.Publish.BadName'],
    [greeting('k'.repeat(257)), 'NetStream.Publish.BadName'],
    [
      Buffer.concat([HANDSHAKE, command(0, 'connect', 1, { app: 'live' }), command(1, 'play', 0, null, 'k')]),
      'NetStream.Play.StreamNotFound',
    ],
  ] as const) {
    const { publisher, answers, keys, ends } = talk();
    publisher.push(bytes);
    expect(answers.codes.at(-1)).toBe(code);
    expect([keys, ends]).toEqual([[], ['refused']]);
  }
});

describe('violations', () => {
  const connect = command(0, 'connect', 1, { app: 'live' });
  test.each([
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['publishing before connecting', Buffer.concat([HANDSHAKE, command(1, 'publish', 2, null, 'k')])],
    ['a command without a name', Buffer.concat([HANDSHAKE, command(0, 7, 8)])],
    ['a command beyond any length', Buffer.concat([HANDSHAKE, command(0, 'connect', 1, 'x'.repeat(20_000))])],
    [
      'chatter without end',
      Buffer.concat([HANDSHAKE, connect, ...Array<Buffer>(12_000).fill(command(0, 'x', 0, null))]),
    ],
  ])('%s', (_what, bytes) => {
    expect(() => talk().publisher.push(bytes)).toThrow(RtmpViolation);
  });

  test('a picture beyond any size', () => {
    const { publisher } = talk();
    publisher.push(greeting('k'));
    publisher.accept();
    expect(() => publisher.push(videoMessage(MAX_MEDIA_BYTES + 1))).toThrow(RtmpViolation);
  });
});

test('bytes are acknowledged after every window', () => {
  const sent: Buffer[] = [];
  const publisher = new Publisher({
    send: (bytes) => void sent.push(bytes),
    publish: () => undefined,
    media: () => undefined,
    done: () => undefined,
  });
  publisher.push(greeting('k'));
  publisher.accept();
  const numBefore = sent.length;
  for (let i = 0; i < 60; i++) publisher.push(videoMessage(100_000, i));
  const acknowledgements = sent.slice(numBefore);
  expect(acknowledgements.map((bytes) => [bytes.length, bytes[7]])).toEqual([
    [16, MESSAGE.acknowledgement],
    [16, MESSAGE.acknowledgement],
  ]);
});

test('whatever a peer sends is read or a violation, and no media comes out before its key was accepted', () => {
  const words = Buffer.concat([greeting('door-key'), videoMessage(400, 1), videoMessage(300, 2)]);
  const change = fc.tuple(
    fc.integer({ min: HANDSHAKE.length, max: words.length - 1 }),
    fc.integer({ min: 0, max: 255 }),
  );
  let numRead = 0;
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 6 }),
      fc.integer({ min: 1, max: 700 }),
      fc.boolean(),
      (changes, pieceBytes, isAccepted) => {
        const { publisher, media } = talk();
        const bytes = Buffer.from(words);
        for (const [at, value] of changes) bytes[at] = value;
        try {
          for (let at = 0; at < bytes.length; at += pieceBytes)
            publisher.push(bytes.subarray(at, at + pieceBytes));
          expect(media).toEqual([]);
          if (isAccepted) publisher.accept();
          numRead += 1;
        } catch (error) {
          expect(error).toBeInstanceOf(RtmpViolation);
        }
        if (!isAccepted) expect(media).toEqual([]);
      },
    ),
    { numRuns: 1000 },
  );
  expect(numRead).toBeGreaterThan(100);
});

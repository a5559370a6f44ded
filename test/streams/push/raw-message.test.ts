import { describe, expect, it } from 'vitest';
import { MAX_RAW_BYTES, readRawMessage } from '../../../src/streams/push/raw-message.js';
import type { PushForm } from '../../../src/streams/push/pushed-media.js';
import { pcmTone, rawMessage, rgbPicture } from '../../fixtures/raw-media.js';

const FORM: PushForm & { type: 'raw' } = {
  type: 'raw',
  video: { format: 'rgb24', width: 4, height: 3 },
  audio: { format: 'pcm_s16le', sampleRateHz: 8000, channels: 2 },
};
const JPEG: PushForm & { type: 'raw' } = { type: 'raw', video: { format: 'jpeg' }, audio: null };

describe('a message of raw media', () => {
  it('is a picture or samples with their time, before and after 0', () => {
    const picture = rgbPicture(4, 3, 1);
    expect(readRawMessage(rawMessage(1, -5, picture), FORM)).toEqual({
      modality: 'visual',
      ptsUs: -5,
      payload: Buffer.from(picture),
    });
    const late = 2 ** 53 - 1;
    expect(readRawMessage(rawMessage(2, late, pcmTone(0, 10, 8000, 2)), FORM)).toMatchObject({
      modality: 'audio',
      ptsUs: late,
    });
    expect(readRawMessage(rawMessage(1, 0, Uint8Array.of(0xff, 0xd8, 1)), JPEG).payload.length).toBe(3);
  });

  it.each<[string, Uint8Array, PushForm & { type: 'raw' }]>([
    ['nothing', new Uint8Array(), FORM],
    ['a head alone', rawMessage(1, 0, new Uint8Array()), FORM],
    ['a picture of another size', rawMessage(1, 0, rgbPicture(4, 4, 0)), FORM],
    ['a JPEG that is none', rawMessage(1, 0, Uint8Array.of(0x89, 0x50)), JPEG],
    ['half a sample', rawMessage(2, 0, pcmTone(0, 10, 8000, 2).subarray(1)), FORM],
    ['eleven seconds at once', rawMessage(2, 0, pcmTone(0, 88_000, 8000, 2)), FORM],
    ['a kind that start did not name', rawMessage(2, 0, pcmTone(0, 10, 8000, 1)), JPEG],
    ['a kind that there is none of', Buffer.concat([Buffer.of(3), Buffer.alloc(44)]), FORM],
    [
      'a time beyond all reason',
      Buffer.concat([Buffer.of(1), Buffer.alloc(8, 0x7f), Buffer.alloc(36)]),
      FORM,
    ],
    ['too much', Buffer.alloc(MAX_RAW_BYTES + 1, 1), FORM],
  ])('is refused: %s', (_, message, form) => {
    expect(() => readRawMessage(message, form)).toThrow(
      expect.objectContaining({ code: 'ERR_INGEST_MESSAGE' }),
    );
  });
});

import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FRAME_BYTES } from '../../../src/core/time-grid.js';
import type { MediaInputOptions } from '../../../src/streams/media-input.js';
import {
  CONTROL_LIMITS,
  decodeControl,
  encodeControl,
  type ControlMessage,
} from '../../../src/streams/wire/control-messages.js';
import { frameMessage, WireReader, type WireLimits } from '../../../src/streams/wire/framing.js';
import {
  decodeMedia,
  encodeMedia,
  MAX_AUDIO_SAMPLES,
  MAX_PREVIEW_BYTES,
  MEDIA_LIMITS,
  type ChildMessage,
} from '../../../src/streams/wire/media-messages.js';

const wire = expect.objectContaining({ code: 'ERR_DECODE_WIRE' }) as unknown as Error;

function through<T>(bytes: Buffer, limits: WireLimits, decode: (kind: number, body: Buffer) => T): T[] {
  const messages: T[] = [];
  const reader = new WireReader(limits, (kind, body) => messages.push(decode(kind, body)));
  reader.push(bytes);
  reader.end();
  return messages;
}

const position = fc.maxSafeNat();
const arrivedAtMs = fc.double({ min: 0, max: 4e12, noNaN: true });
/** All but video frames: their size drowns a property's report. */
const anyMedia: fc.Arbitrary<ChildMessage> = fc.oneof(
  fc.record({
    type: fc.constant('audioFrame' as const),
    startSample: position,
    arrivedAtMs,
    samples: fc.float32Array({ maxLength: 2000, min: -1, max: 1, noNaN: true }),
  }),
  fc.record({
    type: fc.constant('watermark' as const),
    modality: fc.constantFrom('visual' as const, 'audio' as const),
    ptsUs: position,
    arrivedAtMs,
  }),
  fc.record({
    type: fc.constant('timeline' as const),
    reason: fc.constantFrom('start' as const, 'discontinuity' as const),
  }),
  fc.record({ type: fc.constant('heartbeat' as const), residentBytes: fc.maxSafeNat() }),
  fc.record({
    type: fc.constant('decoded' as const),
    visual: fc.record({ packets: fc.nat(), whole: fc.nat() }),
    audio: fc.record({ packets: fc.nat(), whole: fc.nat() }),
  }),
  fc.constant({ type: 'end' as const }),
  fc.record({
    type: fc.constant('error' as const),
    code: fc.constant('ERR_SOURCE_AUTH' as const),
    message: fc.string(),
  }),
  fc.record({
    type: fc.constant('tracks' as const),
    tracks: fc.record({
      durationSeconds: fc.option(fc.nat()),
      video: fc.option(
        fc.record({
          codec: fc.string({ maxLength: 20 }),
          width: fc.nat(),
          height: fc.nat(),
          rateHz: fc.nat(240),
        }),
      ),
      audio: fc.option(
        fc.record({ codec: fc.string({ maxLength: 20 }), sampleRateHz: fc.nat(), channels: fc.nat(64) }),
      ),
    }),
  }),
);

describe('media messages', () => {
  test('arrive as they were sent', () => {
    fc.assert(
      fc.property(fc.array(anyMedia, { maxLength: 6 }), (messages) => {
        const bytes = Buffer.concat(messages.map(encodeMedia));
        expect(through(bytes, MEDIA_LIMITS, decodeMedia)).toEqual(messages);
      }),
      { numRuns: 200 },
    );
  });

  test('share no memory with the bytes they were read from', () => {
    const frame = {
      type: 'videoFrame',
      ptsUs: 1,
      arrivedAtMs: 2,
      rgb: new Uint8Array(FRAME_BYTES).fill(9),
      previewJpeg: Uint8Array.of(7),
    } as const;
    const bytes = encodeMedia(frame);
    const [read] = through(bytes, MEDIA_LIMITS, decodeMedia);
    bytes.fill(0);
    // Node's own comparison: vitest's takes a second for a frame.
    expect(isDeepStrictEqual(read, frame)).toBe(true);
    expect((read as { rgb: Uint8Array }).rgb.buffer.byteLength).toBe(FRAME_BYTES);
  });

  test('may be as long as the limits say', () => {
    const frame = {
      type: 'videoFrame',
      ptsUs: 1,
      arrivedAtMs: 2,
      rgb: new Uint8Array(FRAME_BYTES),
      previewJpeg: new Uint8Array(MAX_PREVIEW_BYTES),
    } as const;
    const audio = {
      type: 'audioFrame',
      startSample: 0,
      arrivedAtMs: 0,
      samples: new Float32Array(MAX_AUDIO_SAMPLES),
    } as const;
    expect(through(encodeMedia(frame), MEDIA_LIMITS, decodeMedia)).toHaveLength(1);
    expect(through(encodeMedia(audio), MEDIA_LIMITS, decodeMedia)).toHaveLength(1);
  });

  test('a body of any bytes is refused or is of the contract', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MEDIA_LIMITS.keys(), 0, 99),
        fc.uint8Array({ maxLength: 300 }),
        (kind, bytes) => {
          try {
            const message = decodeMedia(kind, Buffer.from(bytes));
            if ('ptsUs' in message) expect(message.ptsUs).toSatisfy(Number.isSafeInteger);
            if ('arrivedAtMs' in message) expect(message.arrivedAtMs).toSatisfy(Number.isFinite);
          } catch (error) {
            expect(error).toEqual(wire);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['a negative time', -1, 0],
    ['a broken time', 0.5, 0],
    ['no time', NaN, 0],
    ['no arrival', 0, Infinity],
  ])('%s is refused', (_, ptsUs, arrival) => {
    const bytes = encodeMedia({ type: 'watermark', modality: 'audio', ptsUs, arrivedAtMs: arrival });
    expect(() => through(bytes, MEDIA_LIMITS, decodeMedia)).toThrow(wire);
  });

  test('an error with a code of its own is refused', () => {
    const body = Buffer.from(JSON.stringify({ code: 'ERR_MADE_UP', message: '' }));
    expect(() => decodeMedia(8, body)).toThrow(wire);
  });
});

describe('control messages', () => {
  const options: MediaInputOptions = {
    url: 'rtsp://user:pä55@camera/1',
    realTime: true,
    connectTimeoutMs: 1,
    readTimeoutMs: 2,
    watchdogMs: 3,
    memoryLimitMb: 4,
    rtspTransport: 'udp',
    policy: {
      allowedSchemes: ['rtsp'],
      filesFolder: '/films',
      allowDevices: false,
      allowAddresses: ['10.0.0.0/8'],
    },
    push: { type: 'container', container: 'webm' },
    previewWidth: 480,
  };

  test('arrive as they were sent', () => {
    const messages: ControlMessage[] = [
      { type: 'open', options },
      { type: 'preview', on: true },
      { type: 'preview', on: false },
      { type: 'stop' },
    ];
    const bytes = Buffer.concat(messages.map(encodeControl));
    expect(through(bytes, CONTROL_LIMITS, decodeControl)).toEqual(messages);
  });

  test('a malformed one is refused without repeating it', () => {
    const secret = { ...options, url: 'rtsp://user:secret@camera', watchdogMs: 'soon' };
    const bytes = frameMessage(1, Buffer.from(JSON.stringify(secret)));
    const read = (): unknown => through(bytes, CONTROL_LIMITS, decodeControl);
    expect(read).toThrow(wire);
    expect(read).toThrow(/watchdogMs/);
    expect(read).not.toThrow(/secret/);
    expect(() => decodeControl(2, Buffer.from([5]))).toThrow(wire);
    expect(() => decodeControl(1, Buffer.from('{'))).toThrow(wire);
  });
});

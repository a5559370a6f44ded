import { z } from 'zod';
import { ERROR_CODES, EvokedError, type ErrorCode } from '../../core/errors.js';
import type {
  AudioFrame,
  MediaEvent,
  PacketsDecoded,
  TracksKnown,
  VideoFrame,
  Watermark,
} from '../../core/media.js';
import { FRAME_BYTES, SAMPLE_RATE_HZ } from '../../core/time-grid.js';
import { frameMessage, type WireLimits } from './framing.js';
import { decodeJsonBody, encodeJsonBody } from './json-body.js';

/** What a decode child tells the server's process, on the child's stdout. */
export type ChildMessage =
  | MediaEvent
  /** The child is alive; sent at least once a second whether there is media or not. With the memory that it takes. */
  | { readonly type: 'heartbeat'; readonly residentBytes: number }
  /** A finite source is over. Nothing follows. */
  | { readonly type: 'end' }
  /** The source failed. Nothing follows. */
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

const KIND = {
  tracks: 1,
  timeline: 2,
  videoFrame: 3,
  audioFrame: 4,
  watermark: 5,
  heartbeat: 6,
  end: 7,
  error: 8,
  decoded: 9,
} as const;

/** Longest block of audio in one message, in samples. */
export const MAX_AUDIO_SAMPLES = 10 * SAMPLE_RATE_HZ;

/** Largest preview picture in bytes; a larger one is left out. */
export const MAX_PREVIEW_BYTES = 2 * 1024 * 1024;

const TIMES_BYTES = 16;
const WATERMARK_BYTES = TIMES_BYTES + 1;
const HEARTBEAT_BYTES = 8;
const MAX_JSON_BYTES = 16 * 1024;

/** For `WireReader` in the server's process. */
export const MEDIA_LIMITS: WireLimits = new Map<number, number>([
  [KIND.tracks, MAX_JSON_BYTES],
  [KIND.timeline, MAX_JSON_BYTES],
  [KIND.videoFrame, TIMES_BYTES + FRAME_BYTES + MAX_PREVIEW_BYTES],
  [KIND.audioFrame, TIMES_BYTES + MAX_AUDIO_SAMPLES * Float32Array.BYTES_PER_ELEMENT],
  [KIND.watermark, WATERMARK_BYTES],
  [KIND.heartbeat, HEARTBEAT_BYTES],
  [KIND.end, 0],
  [KIND.error, MAX_JSON_BYTES],
  [KIND.decoded, MAX_JSON_BYTES],
]);

const tracksSchema = z.strictObject({
  durationSeconds: z.number().nonnegative().nullable(),
  video: z
    .strictObject({
      codec: z.string().max(64),
      width: z.number().int().nonnegative(),
      height: z.number().int().nonnegative(),
      rateHz: z.number().nonnegative(),
    })
    .nullable(),
  audio: z
    .strictObject({
      codec: z.string().max(64),
      sampleRateHz: z.number().int().nonnegative(),
      channels: z.number().int().nonnegative(),
    })
    .nullable(),
});

const timelineSchema = z.enum(['start', 'discontinuity', 'restart', 'long-gap']);

const countsSchema = z.strictObject({
  packets: z.number().int().nonnegative(),
  whole: z.number().int().nonnegative(),
});

const decodedSchema = z.strictObject({ visual: countsSchema, audio: countsSchema });

const errorSchema = z.strictObject({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string().max(4096),
});

/** One message with its header. */
export function encodeMedia(message: ChildMessage): Buffer {
  switch (message.type) {
    case 'tracks':
      return frameMessage(KIND.tracks, encodeJsonBody(message.tracks));
    case 'timeline':
      return frameMessage(KIND.timeline, encodeJsonBody(message.reason));
    case 'videoFrame': {
      const times = encodeTimes(message.ptsUs, message.arrivedAtMs);
      return frameMessage(KIND.videoFrame, times, message.rgb, message.previewJpeg ?? new Uint8Array());
    }
    case 'audioFrame': {
      const { buffer, byteOffset, byteLength } = message.samples;
      const times = encodeTimes(message.startSample, message.arrivedAtMs);
      return frameMessage(KIND.audioFrame, times, new Uint8Array(buffer, byteOffset, byteLength));
    }
    case 'watermark': {
      const times = encodeTimes(message.ptsUs, message.arrivedAtMs);
      return frameMessage(KIND.watermark, times, Uint8Array.of(message.modality === 'visual' ? 1 : 2));
    }
    case 'decoded':
      return frameMessage(KIND.decoded, encodeJsonBody({ visual: message.visual, audio: message.audio }));
    case 'heartbeat':
      return frameMessage(KIND.heartbeat, encodeHeartbeat(message.residentBytes));
    case 'end':
      return frameMessage(KIND.end);
    case 'error':
      return frameMessage(KIND.error, encodeJsonBody({ code: message.code, message: message.message }));
  }
}

/**
 * The message that a `WireReader` found; shares no memory with `body`. Nothing in it is believed unchecked: native
 * decoders have read bytes from strangers in the process that wrote it.
 * @throws {EvokedError} ERR_DECODE_WIRE
 */
export function decodeMedia(kind: number, body: Buffer): ChildMessage {
  switch (kind) {
    case KIND.tracks:
      return { type: 'tracks', tracks: decodeJsonBody(body, tracksSchema, 'tracks') } satisfies TracksKnown;
    case KIND.timeline:
      return { type: 'timeline', reason: decodeJsonBody(body, timelineSchema, 'timeline') };
    case KIND.videoFrame:
      return decodeVideoFrame(body);
    case KIND.audioFrame:
      return decodeAudioFrame(body);
    case KIND.watermark:
      return decodeWatermark(body);
    case KIND.decoded: {
      const counts = decodeJsonBody(body, decodedSchema, 'decoded');
      return { type: 'decoded', ...counts } satisfies PacketsDecoded;
    }
    case KIND.heartbeat:
      return { type: 'heartbeat', residentBytes: decodeHeartbeat(body) };
    case KIND.end:
      return { type: 'end' };
    case KIND.error:
      return { type: 'error', ...decodeJsonBody(body, errorSchema, 'error') };
    default:
      throw malformed('message', `kind ${kind}`);
  }
}

function decodeVideoFrame(body: Buffer): VideoFrame {
  if (body.length < TIMES_BYTES + FRAME_BYTES) throw malformed('video frame', `${body.length} bytes`);
  const [ptsUs, arrivedAtMs] = decodeTimes(body, 'video frame');
  const end = TIMES_BYTES + FRAME_BYTES;
  // Copies, so that neither holds on to the other's memory.
  const rgb = new Uint8Array(body.subarray(TIMES_BYTES, end));
  const previewJpeg = body.length > end ? new Uint8Array(body.subarray(end)) : null;
  return { type: 'videoFrame', ptsUs, arrivedAtMs, rgb, previewJpeg };
}

function decodeAudioFrame(body: Buffer): AudioFrame {
  const numBytes = body.length - TIMES_BYTES;
  if (numBytes < 0 || numBytes % Float32Array.BYTES_PER_ELEMENT !== 0) {
    throw malformed('audio frame', `${body.length} bytes`);
  }
  const [startSample, arrivedAtMs] = decodeTimes(body, 'audio frame');
  const samples = new Float32Array(numBytes / Float32Array.BYTES_PER_ELEMENT);
  new Uint8Array(samples.buffer).set(body.subarray(TIMES_BYTES));
  return { type: 'audioFrame', startSample, arrivedAtMs, samples };
}

function decodeWatermark(body: Buffer): Watermark {
  const modality = body[TIMES_BYTES];
  if (body.length !== WATERMARK_BYTES || (modality !== 1 && modality !== 2)) {
    throw malformed('watermark', `${body.length} bytes`);
  }
  const [ptsUs, arrivedAtMs] = decodeTimes(body, 'watermark');
  return { type: 'watermark', modality: modality === 1 ? 'visual' : 'audio', ptsUs, arrivedAtMs };
}

function encodeHeartbeat(residentBytes: number): Buffer {
  const body = Buffer.allocUnsafe(HEARTBEAT_BYTES);
  body.writeDoubleLE(residentBytes);
  return body;
}

function decodeHeartbeat(body: Buffer): number {
  if (body.length !== HEARTBEAT_BYTES) throw malformed('heartbeat', `${body.length} bytes`);
  const residentBytes = body.readDoubleLE();
  if (!Number.isSafeInteger(residentBytes) || residentBytes < 0) {
    throw malformed('heartbeat', `${residentBytes} resident bytes`);
  }
  return residentBytes;
}

/** A position in media time (µs or samples) and a wall clock, as two float64. */
function encodeTimes(position: number, arrivedAtMs: number): Buffer {
  const times = Buffer.allocUnsafe(TIMES_BYTES);
  times.writeDoubleLE(position, 0);
  times.writeDoubleLE(arrivedAtMs, 8);
  return times;
}

function decodeTimes(body: Buffer, what: string): [position: number, arrivedAtMs: number] {
  const position = body.readDoubleLE(0);
  const arrivedAtMs = body.readDoubleLE(8);
  if (!Number.isSafeInteger(position) || position < 0) throw malformed(what, `position ${position}`);
  if (!Number.isFinite(arrivedAtMs)) throw malformed(what, `arrival ${arrivedAtMs}`);
  return [position, arrivedAtMs];
}

function malformed(what: string, got: string): EvokedError {
  return new EvokedError('ERR_DECODE_WIRE', { what: `A ${what} from the decode child is malformed`, got });
}

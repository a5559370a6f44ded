import { EvokedError } from '../../core/errors.js';
import type { RawAudioForm, RawVideoForm } from '../../core/protocol.js';
import { frameMessage, type WireLimits } from '../wire/framing.js';
import type { PushForm } from './pushed-media.js';

/** Kind (uint8) and `ptsUs` (int64, little-endian) before each payload. */
export const RAW_HEADER_BYTES = 9;

/** Largest message of raw media: a picture of 1920x1440. */
export const MAX_RAW_BYTES = 8 * 1024 * 1024 + RAW_HEADER_BYTES;

/** Longest block of samples in seconds. */
const MAX_BLOCK_SECONDS = 10;

const KIND_VIDEO = 1;
const KIND_AUDIO = 2;

/** For `WireReader` in the decode child: one kind, whose body is a message as its sender sent it. */
export const RAW_LIMITS: WireLimits = new Map([[1, MAX_RAW_BYTES]]);

/** A message of raw media; `payload` shares memory with what it was read from. */
export interface RawMedia {
  readonly modality: 'visual' | 'audio';
  readonly ptsUs: number;
  readonly payload: Buffer;
}

/** A checked message, as the decode child reads it. */
export function frameRawMessage(message: Uint8Array): Buffer {
  return frameMessage(1, message);
}

/**
 * A message of a sender that said `form`.
 * @throws {EvokedError} ERR_INGEST_MESSAGE
 */
export function readRawMessage(message: Uint8Array, { video, audio }: PushForm & { type: 'raw' }): RawMedia {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const kind = bytes[0];
  if (bytes.length <= RAW_HEADER_BYTES || bytes.length > MAX_RAW_BYTES) {
    const expected = `more than ${RAW_HEADER_BYTES} and at most ${MAX_RAW_BYTES}`;
    throw refused('a message of another size', `${bytes.length} bytes`, expected);
  }
  const ptsUs = Number(bytes.readBigInt64LE(1));
  if (!Number.isSafeInteger(ptsUs)) throw refused('a time that is out of range', `${ptsUs} µs`);
  const payload = bytes.subarray(RAW_HEADER_BYTES);
  if (kind === KIND_VIDEO && video !== null) {
    checkPicture(payload, video);
    return { modality: 'visual', ptsUs, payload };
  }
  if (kind === KIND_AUDIO && audio !== null) {
    checkSamples(payload, audio);
    return { modality: 'audio', ptsUs, payload };
  }
  throw refused('a message of a kind that start did not name', `kind ${kind}`, '1 for video, 2 for audio');
}

function checkPicture(payload: Buffer, form: RawVideoForm): void {
  if (form.format === 'jpeg') {
    if (payload[0] === 0xff && payload[1] === 0xd8) return;
    throw refused('a picture that is no JPEG', `${payload.subarray(0, 2).toString('hex')}…`, 'ffd8…');
  }
  const numBytes = form.width * form.height * 3;
  if (payload.length === numBytes) return;
  throw refused('a picture of another size', `${payload.length} bytes`, `${form.width}x${form.height}x3`);
}

function checkSamples(payload: Buffer, { sampleRateHz, channels }: RawAudioForm): void {
  const numSamples = payload.length / (2 * channels);
  if (Number.isInteger(numSamples) && numSamples <= MAX_BLOCK_SECONDS * sampleRateHz) return;
  const expected = `a multiple of ${2 * channels}, for at most ${MAX_BLOCK_SECONDS} s`;
  throw refused('a block of samples of another size', `${payload.length} bytes`, expected);
}

function refused(what: string, got: string, expected?: string): EvokedError {
  return new EvokedError('ERR_INGEST_MESSAGE', {
    what: `raw media: ${what}`,
    got,
    ...(expected !== undefined && { expected }),
  });
}

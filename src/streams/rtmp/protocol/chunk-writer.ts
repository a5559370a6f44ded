import { encodeAmf0, type Amf0Written } from './amf0.js';
import { DEFAULT_CHUNK_BYTES, MESSAGE } from './message.js';

const CHUNK_STREAM = { control: 2, command: 3 } as const;

const HEADER_BYTES = 12;

/** One message at time 0, cut into chunks of the default size: what this side says is short. */
function encodeMessage(chunkStream: number, type: number, streamId: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(chunkStream, 0);
  header.writeUIntBE(body.length, 4, 3);
  header.writeUInt8(type, 7);
  header.writeUInt32LE(streamId, 8);
  const parts: Buffer[] = [header];
  for (let at = 0; at < body.length; at += DEFAULT_CHUNK_BYTES) {
    if (at > 0) parts.push(Buffer.of(0xc0 | chunkStream));
    parts.push(body.subarray(at, at + DEFAULT_CHUNK_BYTES));
  }
  return Buffer.concat(parts);
}

/** A command, or the answer to one. */
export function encodeCommand(streamId: number, ...values: readonly Amf0Written[]): Buffer {
  return encodeMessage(CHUNK_STREAM.command, MESSAGE.command, streamId, encodeAmf0(values));
}

/** What became of a stream or connection, as `onStatus` and `_error` carry it. */
export function statusOf(level: 'status' | 'error', code: string, description: string): Amf0Written {
  return { level, code, description };
}

/** How many bytes have come, modulo 2^32. */
export function encodeAcknowledgement(numBytes: number): Buffer {
  return encodeMessage(CHUNK_STREAM.control, MESSAGE.acknowledgement, 0, uint32(numBytes % 2 ** 32));
}

/** Asks for an acknowledgement after so many bytes, and sets the peer's own limit to the same. */
export function encodeWindow(numBytes: number): Buffer {
  const DYNAMIC = 2;
  const bandwidth = Buffer.concat([uint32(numBytes), Buffer.of(DYNAMIC)]);
  return Buffer.concat([
    encodeMessage(CHUNK_STREAM.control, MESSAGE.windowSize, 0, uint32(numBytes)),
    encodeMessage(CHUNK_STREAM.control, MESSAGE.peerBandwidth, 0, bandwidth),
  ]);
}

/** The stream of this id begins. */
export function encodeStreamBegin(streamId: number): Buffer {
  const body = Buffer.concat([Buffer.of(0, 0), uint32(streamId)]);
  return encodeMessage(CHUNK_STREAM.control, MESSAGE.userControl, 0, body);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

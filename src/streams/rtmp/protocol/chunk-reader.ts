import { DEFAULT_CHUNK_BYTES, EXTENDED_TIME, MESSAGE, type RtmpMessage } from './message.js';
import { RtmpViolation } from './rtmp-violation.js';

/** Chunk streams of one connection; encoders use four or five. */
const MAX_CHUNK_STREAMS = 16;

/** A message's first piece of memory; more is taken only as bytes come, whatever length was announced. */
const FIRST_BODY_BYTES = 16 * 1024;

const HEADER_BYTES = [11, 7, 3, 0] as const;

/** What the header of the next chunk may leave out, because it is as before. */
interface ChunkStream {
  timeMs: number;
  /** As it stands in the header: the time itself after a full header, else the difference. */
  timeField: number;
  isExtended: boolean;
  numBytes: number;
  type: number;
  streamId: number;
  body: Buffer;
  /** Bytes of the unfinished message; null between messages. */
  numBody: number | null;
}

/** A header that has come as a whole. */
interface ChunkHeader {
  readonly stream: ChunkStream;
  readonly numBytes: number;
}

/**
 * Puts messages together from the chunks they were cut into. Memory grows with the bytes that came, not with the lengths that
 * were announced, and stays below `MAX_CHUNK_STREAMS` times the longest message.
 */
export class ChunkReader {
  /** Longest message that is taken, in bytes; may be changed at any time. */
  maxMessageBytes: number;
  readonly #onMessage: (message: RtmpMessage) => boolean;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkBytes = DEFAULT_CHUNK_BYTES;
  /** Bytes that no whole header could be made of yet. */
  #rest: Buffer = Buffer.alloc(0);
  /** The stream whose chunk is being read, and how much of that chunk is still to come. */
  #current: ChunkStream | null = null;
  #numLeft = 0;

  /** @param onMessage takes a whole message; returns false to stop reading behind it */
  constructor(maxMessageBytes: number, onMessage: (message: RtmpMessage) => boolean) {
    this.maxMessageBytes = maxMessageBytes;
    this.#onMessage = onMessage;
  }

  /**
   * Takes the next bytes and hands out every message that they finish.
   * @returns what was not read because `onMessage` asked to stop: to be pushed again, before anything else
   * @throws {RtmpViolation} nothing can be read after that
   */
  push(bytes: Buffer): Buffer {
    let data = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    this.#rest = Buffer.alloc(0);
    for (;;) {
      if (this.#current === null) {
        const header = this.#readHeader(data);
        if (header === null) {
          // A copy of at most 18 bytes, so that it does not keep all of `data`.
          this.#rest = Buffer.from(data);
          return Buffer.alloc(0);
        }
        data = data.subarray(header.numBytes);
        this.#beginChunk(header.stream);
      }
      const taken = Math.min(this.#numLeft, data.length);
      this.#append(data.subarray(0, taken));
      data = data.subarray(taken);
      if (this.#numLeft > 0) return Buffer.alloc(0);
      if (!this.#endChunk()) return data;
    }
  }

  #readHeader(data: Buffer): ChunkHeader | null {
    const [first] = data;
    if (first === undefined) return null;
    const idBytes = (first & 63) === 0 ? 2 : (first & 63) === 1 ? 3 : 1;
    const format = (first >> 6) as 0 | 1 | 2 | 3;
    const timeAt = idBytes + HEADER_BYTES[format];
    if (data.length < timeAt) return null;
    const id = idBytes === 1 ? first & 63 : 64 + (idBytes === 2 ? data.readUInt8(1) : data.readUInt16LE(1));
    const stream = this.#stream(id, format);
    const time = format === 3 ? null : data.readUIntBE(idBytes, 3);
    const isExtended = time === null ? stream.isExtended : time === EXTENDED_TIME;
    const numBytes = timeAt + (isExtended ? 4 : 0);
    if (data.length < numBytes) return null;
    stream.isExtended = isExtended;
    if (time !== null) stream.timeField = isExtended ? data.readUInt32BE(timeAt) : time;
    if (format <= 1) {
      if (stream.numBody !== null) throw new RtmpViolation('a message begins inside another one');
      stream.numBytes = data.readUIntBE(idBytes + 3, 3);
      stream.type = data.readUInt8(idBytes + 6);
    }
    if (format === 0) stream.streamId = data.readUInt32LE(idBytes + 7);
    if (stream.numBody === null) {
      stream.timeMs = format === 0 ? stream.timeField : (stream.timeMs + stream.timeField) % 2 ** 32;
    }
    return { stream, numBytes };
  }

  #stream(id: number, format: number): ChunkStream {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    if (format !== 0 && format !== 1) throw new RtmpViolation('a chunk goes on with what never began');
    if (this.#streams.size === MAX_CHUNK_STREAMS) throw new RtmpViolation('there are too many chunk streams');
    const times = { timeMs: 0, timeField: 0, isExtended: false };
    const stream = { ...times, numBytes: 0, type: 0, streamId: 0, body: Buffer.alloc(0), numBody: null };
    this.#streams.set(id, stream);
    return stream;
  }

  #beginChunk(stream: ChunkStream): void {
    if (stream.numBytes > this.maxMessageBytes) throw new RtmpViolation('a message is too long');
    stream.numBody ??= 0;
    this.#current = stream;
    this.#numLeft = Math.min(this.#chunkBytes, stream.numBytes - stream.numBody);
  }

  #append(part: Buffer): void {
    const stream = this.#current;
    if (stream === null || part.length === 0) return;
    const numBody = stream.numBody ?? 0;
    if (stream.body.length < numBody + part.length) {
      const wanted = Math.max(FIRST_BODY_BYTES, 2 * stream.body.length, numBody + part.length);
      const grown = Buffer.allocUnsafeSlow(Math.min(wanted, stream.numBytes));
      stream.body.copy(grown, 0, 0, numBody);
      stream.body = grown;
    }
    part.copy(stream.body, numBody);
    stream.numBody = numBody + part.length;
    this.#numLeft -= part.length;
  }

  /** @returns whether to read on */
  #endChunk(): boolean {
    const stream = this.#current;
    this.#current = null;
    if (stream === null || stream.numBody !== stream.numBytes) return true;
    const { type, streamId, timeMs, numBytes } = stream;
    const body = stream.body.subarray(0, numBytes);
    stream.numBody = null;
    // Not kept for the next message: a long one would hold its memory for good.
    stream.body = Buffer.alloc(0);
    if (type === MESSAGE.setChunkSize) this.#setChunkSize(body);
    if (type === MESSAGE.abort) this.#abort(body);
    return this.#onMessage({ type, streamId, timeMs, body });
  }

  #setChunkSize(body: Buffer): void {
    const numBytes = body.length === 4 ? body.readUInt32BE() : 0;
    if (numBytes < 1 || numBytes > 0x7fffffff) throw new RtmpViolation('a chunk size is out of range');
    this.#chunkBytes = numBytes;
  }

  #abort(body: Buffer): void {
    const stream = body.length === 4 ? this.#streams.get(body.readUInt32BE()) : undefined;
    if (stream === undefined) return;
    stream.numBody = null;
    stream.body = Buffer.alloc(0);
  }
}

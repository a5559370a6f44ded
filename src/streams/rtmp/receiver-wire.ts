import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import { frameMessage, type WireLimits } from '../wire/framing.js';
import { decodeJsonBody, encodeJsonBody } from '../wire/json-body.js';
import { MAX_MEDIA_BYTES } from './protocol/publisher.js';

const count = z.number().int().nonnegative();
const port = z.number().int().min(0).max(65_535);
const milliseconds = z.number().positive();

const optionsSchema = z.strictObject({
  host: z.string().min(1),
  /** 0 takes a free one. */
  port,
  /** Connections whose key was not accepted yet; beyond it the oldest of them gives way. */
  maxStrangers: z.number().int().positive(),
  maxConnections: z.number().int().positive(),
  /** How long a connection may take until it publishes. */
  greetingTimeoutMs: milliseconds,
  /** Without media for this long a publisher counts as gone. */
  idleTimeoutMs: milliseconds,
});

/** Where and how the receiver listens. */
export type ReceiverOptions = z.output<typeof optionsSchema>;

const requestSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('open'), options: optionsSchema }),
  z.strictObject({ type: z.literal('accept'), connection: count }),
  z.strictObject({ type: z.literal('refuse'), connection: count, description: z.string().max(500) }),
  /** So many bytes of its media were taken further: as many more may come. */
  z.strictObject({ type: z.literal('credit'), connection: count, numBytes: count }),
  z.strictObject({ type: z.literal('close'), connection: count }),
]);

/** What the server's process tells the receiver, on its stdin. The end of stdin means: exit. */
export type ReceiverRequest = z.output<typeof requestSchema>;

const closedSchema = z.strictObject({
  /** Of an unknown or used key, or another application. */
  refused: count,
  /** Not RTMP, or more of it than allowed. */
  malformed: count,
  /** Did not publish in time. */
  timeout: count,
  /** Gave way to newer ones before it published. */
  crowded: count,
  /** A publisher without media. */
  idle: count,
});

/** Connections that were closed by this side, by reason. */
export type ClosedConnections = z.output<typeof closedSchema>;

const replySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('listening'), port }),
  /** It cannot listen. Nothing follows. */
  z.strictObject({ type: z.literal('failed'), cause: z.string().max(500) }),
  z.strictObject({
    type: z.literal('publish'),
    connection: count,
    key: z.string().min(1).max(256),
    address: z.string().max(64),
  }),
  /** A publisher that was accepted is over. */
  z.strictObject({ type: z.literal('gone'), connection: count }),
  /** A sign of life; `closed` counts from the start of the receiver. */
  z.strictObject({
    type: z.literal('status'),
    numConnections: count,
    closed: closedSchema,
    residentBytes: count,
  }),
]);

/** Bytes of an FLV file from one publisher. */
export interface ReceivedMedia {
  readonly type: 'media';
  readonly connection: number;
  readonly bytes: Buffer;
}

/** What the receiver tells the server's process, on its stdout. */
export type ReceiverReply = z.output<typeof replySchema> | ReceivedMedia;

const KIND = { json: 1, media: 2 } as const;
const ID_BYTES = 4;
const MAX_JSON_BYTES = 4096;
/** Beyond the longest message: the tag of FLV around it. */
const MAX_TAG_BYTES = MAX_MEDIA_BYTES + 64;

/** For `WireReader` in the receiver. */
export const REQUEST_LIMITS: WireLimits = new Map([[KIND.json, MAX_JSON_BYTES]]);

/** For `WireReader` in the server's process. */
export const REPLY_LIMITS: WireLimits = new Map<number, number>([
  [KIND.json, MAX_JSON_BYTES],
  [KIND.media, ID_BYTES + MAX_TAG_BYTES],
]);

/** One message with its header. */
export function encodeRequest(request: ReceiverRequest): Buffer {
  return frameMessage(KIND.json, encodeJsonBody(request));
}

/** One message with its header. */
export function encodeReply(reply: ReceiverReply): Buffer {
  if (reply.type !== 'media') return frameMessage(KIND.json, encodeJsonBody(reply));
  const id = Buffer.alloc(ID_BYTES);
  id.writeUInt32LE(reply.connection);
  return frameMessage(KIND.media, id, reply.bytes);
}

/**
 * The message that a `WireReader` of the receiver found.
 * @throws {EvokedError} ERR_DECODE_WIRE
 */
export function decodeRequest(body: Buffer): ReceiverRequest {
  return decodeJsonBody(body, requestSchema, 'receiver request');
}

/**
 * The message that a `WireReader` of the server found; bytes share memory with `body`.
 * @throws {EvokedError} ERR_DECODE_WIRE
 */
export function decodeReply(kind: number, body: Buffer): ReceiverReply {
  if (kind === KIND.json) return decodeJsonBody(body, replySchema, 'receiver reply');
  if (body.length < ID_BYTES) {
    throw new EvokedError('ERR_DECODE_WIRE', {
      what: 'Media from the RTMP receiver is malformed',
      got: `${body.length} bytes`,
    });
  }
  return { type: 'media', connection: body.readUInt32LE(), bytes: body.subarray(ID_BYTES) };
}

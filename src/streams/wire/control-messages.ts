import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import type { MediaInputOptions } from '../media-input.js';
import { pushFormSchema } from '../push/push-form.js';
import { frameMessage, type WireLimits } from './framing.js';
import { decodeJsonBody, encodeJsonBody } from './json-body.js';

/** What the server's process tells a decode child, on the child's stdin. The end of stdin means: exit. */
export type ControlMessage =
  /** The first message: what to open. Travels here, because a command line or environment can be read by others. */
  | { readonly type: 'open'; readonly options: MediaInputOptions }
  | { readonly type: 'preview'; readonly on: boolean }
  /** Close the source and exit. */
  | { readonly type: 'stop' };

const KIND = { open: 1, preview: 2, stop: 3 } as const;

/** For `WireReader` in the decode child. */
export const CONTROL_LIMITS: WireLimits = new Map([
  [KIND.open, 64 * 1024],
  [KIND.preview, 1],
  [KIND.stop, 0],
]);

const milliseconds = z.number().positive();

const policySchema = z.strictObject({
  allowedSchemes: z.array(z.string()),
  filesFolder: z.string(),
  allowDevices: z.boolean(),
  allowAddresses: z.array(z.string()),
});

const optionsSchema = z.strictObject({
  url: z.string().min(1),
  realTime: z.boolean(),
  connectTimeoutMs: milliseconds,
  readTimeoutMs: milliseconds,
  watchdogMs: milliseconds,
  memoryLimitMb: z.number().positive(),
  rtspTransport: z.enum(['auto', 'tcp', 'udp']),
  policy: policySchema.nullable(),
  previewWidth: z.number().int().min(16).max(3840),
  push: pushFormSchema.nullable(),
});

/** One message with its header. */
export function encodeControl(message: ControlMessage): Buffer {
  switch (message.type) {
    case 'open':
      return frameMessage(KIND.open, encodeJsonBody(message.options));
    case 'preview':
      return frameMessage(KIND.preview, Uint8Array.of(message.on ? 1 : 0));
    case 'stop':
      return frameMessage(KIND.stop);
  }
}

/**
 * The message that a `WireReader` found.
 * @throws {EvokedError} ERR_DECODE_WIRE
 */
export function decodeControl(kind: number, body: Buffer): ControlMessage {
  switch (kind) {
    case KIND.open:
      return { type: 'open', options: decodeJsonBody(body, optionsSchema, 'open') };
    case KIND.preview:
      if (body[0] !== 0 && body[0] !== 1) break;
      return { type: 'preview', on: body[0] === 1 };
    case KIND.stop:
      return { type: 'stop' };
  }
  throw new EvokedError('ERR_DECODE_WIRE', { what: 'A control message is malformed', got: `kind ${kind}` });
}

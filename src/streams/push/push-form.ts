import { z } from 'zod';
import type { PushForm } from './pushed-media.js';

/** Longest side of a raw picture in pixels. */
const MAX_SIDE = 4096;

const side = z.number().int().min(1).max(MAX_SIDE);

/** `RawVideoForm`. */
export const rawVideoSchema = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('jpeg') }),
  z.strictObject({ format: z.literal('rgb24'), width: side, height: side }),
]);

/** `RawAudioForm`. */
export const rawAudioSchema = z.strictObject({
  format: z.literal('pcm_s16le'),
  sampleRateHz: z.number().int().min(4000).max(384_000),
  channels: z.number().int().min(1).max(8),
});

/** `PushForm`, as it travels to the decode child. */
export const pushFormSchema: z.ZodType<PushForm> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('container'), container: z.enum(['webm', 'mpegts', 'mp4', 'flv']) }),
  z.strictObject({
    type: z.literal('raw'),
    video: rawVideoSchema.nullable(),
    audio: rawAudioSchema.nullable(),
  }),
]);

import type { z } from 'zod';
import { EvokedError } from '../../core/errors.js';

/** `value` as the body of a message. */
export function encodeJsonBody(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

/**
 * The JSON body of a message, checked.
 * @param what names the message in the error; the body itself is not repeated, it may hold credentials
 * @throws {EvokedError} ERR_DECODE_WIRE
 */
export function decodeJsonBody<T>(body: Buffer, schema: z.ZodType<T>, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw new EvokedError('ERR_DECODE_WIRE', { what: `The ${what} message is not JSON` });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new EvokedError('ERR_DECODE_WIRE', {
    what: `The ${what} message has a wrong field`,
    got: where === '' ? 'another shape' : `another "${where}"`,
  });
}

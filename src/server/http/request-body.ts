import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';

/** What stream ids look like. */
export const STREAM_ID = /^[a-zA-Z0-9_-]{1,64}$/;

const url = z.string().min(1).max(4096);

/** Body of `POST /v1/streams`. */
export const addStreamBody = z
  .strictObject({
    id: z.string().regex(STREAM_ID, 'expected 1 to 64 of a-z, A-Z, 0-9, _ and -'),
    url: url.optional(),
    push: z.literal(true).optional(),
    pack: z.string().min(1).max(200).optional(),
  })
  .refine((body) => (body.url === undefined) === (body.push === true), 'expected either url or push: true');

/** Body of `PATCH /v1/streams/{id}`. */
export const patchStreamBody = z
  .strictObject({ url: url.optional(), restart: z.literal(true).optional() })
  .refine((body) => body.url !== undefined || body.restart === true, 'expected url, restart: true, or both');

/** Body of `POST /v1/login`. */
export const loginBody = z.strictObject({ token: z.string().min(1).max(4096) });

/**
 * Values never appear in the error: a URL may hold a password.
 * @throws {EvokedError} ERR_REQUEST_INVALID
 */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body ?? {});
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
  throw new EvokedError('ERR_REQUEST_INVALID', { what: `the body does not fit: ${problems.join('; ')}` });
}

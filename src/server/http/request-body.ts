import { z } from 'zod';
import { STREAM_ID, STREAM_ID_RULE } from '../../core/config.js';
import { EvokedError } from '../../core/errors.js';
import { issueInWords } from '../../core/issue-in-words.js';

const url = z.string().min(1).max(4096);

/** Body of `POST /v1/streams`. */
export const addStreamBody = z
  .strictObject({
    id: z.string(STREAM_ID_RULE).regex(STREAM_ID, STREAM_ID_RULE),
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
  const problems = result.error.issues.map((issue) => problemOf(issue, body ?? {}));
  throw new EvokedError('ERR_REQUEST_INVALID', { what: `the body does not fit: ${problems.join('; ')}` });
}

function problemOf(issue: z.core.$ZodIssue, body: unknown): string {
  const place = issue.path.join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return `${place}: unknown ${issue.keys.join(', ')}`;
  const { got, expected } = issueInWords(issue, body, false);
  return `${place}: got ${got}, expected ${expected}`;
}

import { z } from 'zod';
import { EvokedError } from '../../core/errors.js';
import { rawAudioSchema, rawVideoSchema } from '../../streams/push/push-form.js';
import type { PushForm } from '../../streams/push/pushed-media.js';

/** What a sender wants, checked. */
export type IngestWish =
  /** @property resume the token of a hold to take up again, null to begin anew */
  | { readonly type: 'start'; readonly form: PushForm; readonly resume: string | null }
  | { readonly type: 'stop' };

const resume = z.string().min(1).max(200).optional();

const stopSchema = z.strictObject({ type: z.literal('stop') });

const containerSchema = z.strictObject({
  type: z.literal('start'),
  container: z.enum(['webm', 'mpegts', 'mp4']),
  resume,
});

const rawSchema = z
  .strictObject({
    type: z.literal('start'),
    video: rawVideoSchema.optional(),
    audio: rawAudioSchema.optional(),
    resume,
  })
  .refine(({ video, audio }) => video !== undefined || audio !== undefined, 'expected video, audio, or both');

const EXPECTED = 'start with container "webm", "mpegts" or "mp4", start with video or audio, or stop';

/**
 * A text message of a sender.
 * @throws {EvokedError} ERR_INGEST_MESSAGE
 */
export function parseIngestRequest(text: string): IngestWish {
  const message = parseJson(text);
  if (stopSchema.safeParse(message).success) return { type: 'stop' };
  const container = containerSchema.safeParse(message);
  if (container.success) {
    const { container: name, resume: token = null } = container.data;
    return { type: 'start', form: { type: 'container', container: name }, resume: token };
  }
  const raw = rawSchema.safeParse(message);
  if (raw.success) {
    const { video = null, audio = null, resume: token = null } = raw.data;
    return { type: 'start', form: { type: 'raw', video, audio }, resume: token };
  }
  const isContainer = typeof message === 'object' && message !== null && 'container' in message;
  throw notUnderstood((isContainer ? container : raw).error);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvokedError('ERR_INGEST_MESSAGE', {
      what: 'a message is not JSON',
      expected: EXPECTED,
      cause,
    });
  }
}

function notUnderstood({ issues }: z.ZodError): EvokedError {
  const [issue] = issues;
  const got = issue === undefined ? 'another one' : `${issue.path.join('.') || 'message'}: ${issue.message}`;
  return new EvokedError('ERR_INGEST_MESSAGE', {
    what: 'a message is not understood',
    got,
    expected: EXPECTED,
  });
}

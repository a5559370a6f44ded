import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { EvokedError, type ErrorCode } from '../../core/errors.js';
import type { HttpError } from '../../core/protocol.js';

const STATUS: Partial<Record<ErrorCode, number>> = {
  ERR_REQUEST_INVALID: 400,
  ERR_SOURCE_URL: 400,
  ERR_INGEST_MESSAGE: 400,
  ERR_AUTH_REQUIRED: 401,
  ERR_AUTH_ORIGIN: 403,
  ERR_SOURCE_DEVICE: 403,
  ERR_SOURCE_FORBIDDEN: 403,
  ERR_STREAM_NOT_FOUND: 404,
  ERR_ROUTE_NOT_FOUND: 404,
  ERR_STREAM_EXISTS: 409,
  ERR_INGEST_BUSY: 409,
  ERR_INGEST_RESUME: 410,
  ERR_AUTH_HOST: 421,
  ERR_UPGRADE_REQUIRED: 426,
  ERR_NOT_SUPPORTED: 501,
  ERR_STREAM_LIMIT: 503,
  ERR_SUBSCRIBER_LIMIT: 503,
  ERR_SERVER_CLOSING: 503,
};

/** HTTP status of a coded error; 500 for those that no request can cause. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

/** The coded error behind anything thrown while a request was served, and its status. */
export function describeError(error: unknown): { readonly error: EvokedError; readonly status: number } {
  if (error instanceof EvokedError) return { error, status: statusOf(error.code) };
  const { statusCode: status, code } = (error ?? {}) as Partial<FastifyError>;
  if (status !== undefined && status >= 400 && status < 500) {
    // Raised by fastify itself: a body that is no JSON, too large, or of another type.
    const parts =
      code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE'
        ? { what: 'the body is of another type', expected: 'content-type: application/json' }
        : { what: (error as Error).message };
    return { error: new EvokedError('ERR_REQUEST_INVALID', { ...parts, cause: error }), status };
  }
  const what = 'the request failed; the log of the server says why';
  return { error: new EvokedError('ERR_INTERNAL', { what, cause: error }), status: 500 };
}

/** Fastify's error handler: every failure leaves as `HttpError`. */
export function sendError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { error, status } = describeError(thrown);
  if (status === 500) request.log.error({ err: thrown }, 'request failed');
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  if (status === 426) reply.header('upgrade', 'websocket');
  const body: HttpError = { code: error.code, message: error.message, requestId: request.id };
  void reply.code(status).send(body);
}

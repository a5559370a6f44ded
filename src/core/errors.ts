/**
 * Every error code of the project with what it means. docs/errors.md lists the same codes; a test holds the
 * two together. A code is `ERR_AREA_CAUSE`.
 */
export const ERROR_CODES = {
  ERR_CONFIG_INVALID: 'A setting is unknown, of the wrong type or out of range.',
  ERR_USAGE: 'The command line is wrong.',
  ERR_SOURCE_URL: 'A source URL cannot be parsed or its scheme is not supported.',
  ERR_SOURCE_FORBIDDEN: 'The source, or an address that it leads to, is not one that a request may name.',
  ERR_SOURCE_UNREACHABLE: 'The source did not accept a connection, or the file does not exist.',
  ERR_SOURCE_TIMEOUT: 'The source did not answer, or stopped sending, within the time allowed.',
  ERR_SOURCE_NOT_MEDIA: 'What the source sent is not audio or video that can be decoded.',
  ERR_SOURCE_TOO_LARGE: 'The pictures of the source are larger than those that are decoded.',
  ERR_SOURCE_NO_TRACKS:
    'The source has neither a video nor an audio track, or none that the model pack scores.',
  ERR_SOURCE_AUTH: 'The source refused the credentials.',
  ERR_SOURCE_DEVICE: 'A capture device is missing, busy or not enabled.',
  ERR_INGEST_BUSY: 'Somebody else is pushing into the stream.',
  ERR_INGEST_RESUME: 'What was pushed cannot be taken up again: the sender has to start anew.',
  ERR_INGEST_MESSAGE: 'A message of a sender is malformed, too large, or out of order.',
  ERR_DECODE_CRASHED: 'The decode child ended without being asked to, or could not be started.',
  ERR_DECODE_STALLED: 'The decode child stopped answering and was killed.',
  ERR_DECODE_MEMORY: 'The decode child took more memory than it may, and was killed.',
  ERR_DECODE_WIRE: 'A message between the decode child and the server is malformed.',
  ERR_INGEST_RECEIVER:
    'The process that receives RTMP ended without being asked to, or could not be started.',
  ERR_MODEL_PACK: 'A model pack is missing a file, or pack.json does not follow the schema.',
  ERR_MODEL_WEIGHTS: 'A weight file is malformed, or a tensor is missing or has another shape.',
  ERR_MODEL_WORKER: 'An inference worker failed.',
  ERR_MODEL_INPUT: 'A tensor given to the model has another shape than expected.',
  ERR_MODEL_STATE: 'A saved stream state is damaged, of another version, or of another model pack.',
  ERR_PULL_UNREACHABLE: 'A host of published weights cannot be reached, or the connection to it broke.',
  ERR_PULL_RESPONSE: 'A host of published weights answered with something that cannot be used.',
  ERR_PULL_DIGEST: 'A fetched file is not the one that its host states.',
  ERR_PULL_PINNED: 'A fetched file is not the one that came the first time.',
  ERR_PULL_BUSY: 'Another process is fetching the published weights.',
  ERR_TRAINING_RESUME: 'A training run cannot go on: options or data are not those that it began with.',
  ERR_TRAINING_DIVERGED: 'Training went out of bounds: a loss or a weight is no number any more.',
  ERR_TRAINING_CRASHED: 'The training process ended without being asked to.',
  ERR_TRAINING_BUSY: 'Another process is training into the same folder.',
  ERR_FILE_FORMAT: 'A file is not of the expected format.',
  ERR_FILE_WRITE: 'A file cannot be written.',
  ERR_STREAM_NOT_FOUND: 'There is no stream of this id.',
  ERR_STREAM_EXISTS: 'There is a stream of this id, or of this key, already.',
  ERR_STREAM_LIMIT: 'The server runs as many streams as it is configured for.',
  ERR_SUBSCRIBER_LIMIT: 'The server has as many subscribers as it is configured for.',
  ERR_REQUEST_INVALID: 'A request has a missing, unknown or malformed field.',
  ERR_ROUTE_NOT_FOUND: 'There is nothing at this path.',
  ERR_UPGRADE_REQUIRED: 'The path answers WebSocket or server-sent-events requests only.',
  ERR_NOT_SUPPORTED: 'The request asks for something that this version cannot do.',
  ERR_AUTH_REQUIRED: 'The request carries no valid token.',
  ERR_AUTH_ORIGIN: 'The request comes from a web page of another origin.',
  ERR_AUTH_HOST: 'The Host header is not a name of this machine.',
  ERR_CLIENT_SLOW: 'A subscriber reads slower than scores are made; its connection was closed.',
  ERR_SERVER_ADDRESS: 'The server cannot listen on the address.',
  ERR_SERVER_CLOSING: 'The server is shutting down.',
  ERR_INTERRUPTED: 'A command was asked to end before its work was done.',
  ERR_INTERNAL: 'A fault of evoked itself.',
} as const;

/** One of the coded errors of the project. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** Parts of an error's one line: what happened, what was got, what was expected. */
export interface ErrorParts {
  readonly what: string;
  readonly got?: string;
  readonly expected?: string;
  readonly cause?: unknown;
}

/** The one error type that crosses module borders; recognised by `code`, never by its text. */
export class EvokedError extends Error {
  override readonly name = 'EvokedError';
  readonly code: ErrorCode;

  constructor(code: ErrorCode, parts: ErrorParts) {
    const got = parts.got === undefined ? '' : `; got ${parts.got}`;
    const expected = parts.expected === undefined ? '' : `; expected ${parts.expected}`;
    super(`${parts.what}${got}${expected}`, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.code = code;
  }
}

/** `error` itself if it is coded, otherwise an ERR_INTERNAL that carries it as cause. */
export function toEvokedError(error: unknown): EvokedError {
  if (error instanceof EvokedError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new EvokedError('ERR_INTERNAL', { what, cause: error });
}

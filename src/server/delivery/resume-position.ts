import { EvokedError } from '../../core/errors.js';
import type { Session } from '../session/session.js';
import { parseSince, type Position } from './since.js';

const FROM_THE_BEGINNING: Position = { epoch: -1, seq: -1 };

/**
 * Where a subscription starts, from `?since=` and `?session=`. A position of another life of the stream counts as none, so
 * that the subscriber gets everything there is of this one.
 * @throws {EvokedError} ERR_REQUEST_INVALID
 */
export function resumePosition(session: Session, since: unknown, life: unknown): Position | null {
  if (since === undefined || since === null || since === '') return null;
  if (typeof since !== 'string') {
    throw new EvokedError('ERR_REQUEST_INVALID', {
      what: 'since cannot be read',
      expected: 'one since=EPOCH:SEQ',
    });
  }
  const position = parseSince(since);
  return typeof life === 'string' && life !== session.life ? FROM_THE_BEGINNING : position;
}

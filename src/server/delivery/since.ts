import { EvokedError } from '../../core/errors.js';

/** The last message that a subscriber has: `seq` -1 is the start of the epoch itself. */
export interface Position {
  readonly epoch: number;
  readonly seq: number;
}

const PATTERN = /^(-1|\d{1,9}):(-1|\d{1,15})$/;

/**
 * Reads `EPOCH:SEQ` of `?since=` or of `Last-Event-ID`.
 * @throws {EvokedError} ERR_REQUEST_INVALID
 */
export function parseSince(text: string): Position {
  const [, epoch, seq] = PATTERN.exec(text) ?? [];
  if (epoch === undefined || seq === undefined) {
    throw new EvokedError('ERR_REQUEST_INVALID', {
      what: 'since cannot be read',
      got: JSON.stringify(text.slice(0, 40)),
      expected: 'EPOCH:SEQ, for example 0:1234, 0:-1 for all of epoch 0, or -1:-1 for everything',
    });
  }
  return { epoch: Number(epoch), seq: Number(seq) };
}

/** Negative where `a` comes before `b`, 0 where they are the same. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.seq - b.seq;
}

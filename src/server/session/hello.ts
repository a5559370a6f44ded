import { LABELS } from '../../core/labels.js';
import type { HelloMessage } from '../../core/protocol.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import type { Position } from '../delivery/since.js';

/** What a subscriber is greeted with besides what is the same for all streams. */
export interface Greeted extends Pick<HelloMessage, 'epoch' | 'nextSeq' | 'pack' | 'state'> {
  readonly id: string;
  readonly life: string;
  /** The oldest position that can be resumed from; null while nothing was told. */
  readonly oldest: Position | null;
}

/** The first message that a subscriber gets. */
export function hello({ id, life, epoch, nextSeq, oldest, pack, state }: Greeted): HelloMessage {
  return {
    type: 'hello',
    protocol: 1,
    stream: id,
    session: life,
    epoch,
    nextSeq,
    oldestSeq: oldest && [oldest.epoch, oldest.seq],
    labels: LABELS,
    rateHz: SEGMENT_RATE,
    pack,
    state,
  };
}

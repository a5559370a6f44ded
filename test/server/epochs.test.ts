import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gap, Segment, SegmentEvent } from '../../src/core/media.js';
import type { SessionEvent } from '../../src/core/protocol.js';
import { segmentStartUs } from '../../src/core/time-grid.js';
import { EpochNames } from '../../src/server/session/epoch-names.js';
import { EpochNarrator } from '../../src/server/session/epoch-narrator.js';
import { EpochPlacement } from '../../src/server/session/epoch-placement.js';
import { fakeScore } from './fake-engine.js';

type Step = 'score' | 'fail' | 'gap' | 'epoch';

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant<Step>('score') },
    { weight: 2, arbitrary: fc.constant<Step>('fail') },
    { weight: 2, arbitrary: fc.constant<Step>('gap') },
    { weight: 1, arbitrary: fc.constant<Step>('epoch') },
  ),
  { maxLength: 80 },
);

function segmentOf(epoch: number, seq: number): Segment {
  const ptsUs = segmentStartUs(seq);
  return {
    type: 'segment',
    epoch,
    seq,
    timelineIndex: seq,
    ptsUs,
    frame: null,
    audio: null,
    arrivedAtMs: 0,
    flags: [],
    previewJpeg: null,
  };
}

/** What a session tells when the segments of a pipeline fare as `steps` say. */
function tell(steps: readonly Step[], firstEpoch: number): { events: SessionEvent[]; placed: Segment[] } {
  const names = new EpochNames(firstEpoch);
  const placement = new EpochPlacement(names);
  const narrator = new EpochNarrator(names);
  const placed: Segment[] = [];
  const events: SessionEvent[] = [];
  let [epoch, seq] = [0, 0];
  const source = (event: Exclude<SegmentEvent, Segment>): void => void events.push(...narrator.tell(event));
  source({ type: 'epoch', epoch: 0, reason: 'start' });
  for (const step of steps) {
    if (step === 'epoch') {
      source({ type: 'epoch', epoch: ++epoch, reason: 'discontinuity' });
      seq = 0;
    } else if (step === 'gap') {
      source({ type: 'gap', epoch, fromSeq: seq, toSeq: seq + 1, reason: 'overload' });
      seq += 2;
    } else {
      const segment = segmentOf(epoch, seq++);
      const place = { epoch: segment.epoch, seq: segment.seq };
      const there = placement.place(segment);
      if (there !== null && step === 'score') {
        placed.push(there);
        events.push(
          ...narrator.tell({ type: 'scored', place, score: fakeScore({ ...there, capturedAtMs: 0 }) }),
        );
      } else {
        if (there !== null) placement.restart();
        events.push(...narrator.tell({ type: 'lost', place }));
      }
    }
  }
  return { events, placed };
}

describe('epochs of a session', () => {
  it('only grow, and within each every seq is told exactly once, in order', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 5 }), (fate, firstEpoch) => {
        let [epoch, nextSeq] = [firstEpoch - 1, 0];
        for (const event of tell(fate, firstEpoch).events) {
          if (event.type === 'epoch') {
            expect(event.epoch).toBeGreaterThan(epoch);
            epoch = event.epoch;
            nextSeq = 0;
            continue;
          }
          const [from, to] = event.type === 'gap' ? [event.fromSeq, event.toSeq] : [event.seq, event.seq];
          expect(event.epoch).toBe(epoch);
          expect(from).toBe(nextSeq);
          nextSeq = to + 1;
        }
      }),
    );
  });

  it('never score two segments either side of a failure in one epoch', () => {
    fc.assert(
      fc.property(steps, (fate) => {
        let failed: number | null = null;
        for (const event of tell(fate, 0).events) {
          if (event.type === 'gap' && event.reason === 'failure') failed = event.epoch;
          if (event.type === 'score') expect(event.epoch).not.toBe(failed);
        }
      }),
    );
  });

  it('start where the grid is on whole samples, so that segments keep their lengths', () => {
    const { events } = tell(['score', 'fail', 'score', 'score', 'score', 'score'], 0);
    expect(events.slice(2).map(summary)).toEqual([
      'gap 0 1-1 failure',
      'gap 0 2-2 failure',
      'epoch 1 restart',
      'score 1 0',
      'score 1 1',
      'score 1 2',
    ]);
  });

  it('count on through a second pipeline', () => {
    expect(tell(['score', 'epoch', 'score'], 4).events.map(summary)).toEqual([
      'epoch 4 restart',
      'score 4 0',
      'epoch 5 discontinuity',
      'score 5 0',
    ]);
  });
});

function summary(event: SessionEvent): string {
  if (event.type === 'epoch') return `epoch ${event.epoch} ${event.reason}`;
  if (event.type === 'score') return `score ${event.epoch} ${event.seq}`;
  const { epoch, fromSeq, toSeq, reason }: Gap = event;
  return `gap ${epoch} ${fromSeq}-${toSeq} ${reason}`;
}

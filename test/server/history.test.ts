import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ServerMessage } from '../../src/core/protocol.js';
import { History } from '../../src/server/delivery/history.js';
import type { Position } from '../../src/server/delivery/since.js';
import type { OrderedMessage, WireMessage } from '../../src/server/delivery/wire-message.js';
import { fakeScore } from './fake-engine.js';

const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant('score' as const) },
    { weight: 2, arbitrary: fc.constant('gap' as const) },
    { weight: 1, arbitrary: fc.constant('epoch' as const) },
  ),
  { minLength: 1, maxLength: 60 },
);

function messagesOf(kinds: readonly ('score' | 'gap' | 'epoch')[]): OrderedMessage[] {
  const messages: OrderedMessage[] = [{ type: 'epoch', epoch: 0, reason: 'start' }];
  let [epoch, seq] = [0, 0];
  for (const kind of kinds) {
    if (kind === 'epoch') {
      epoch += 1;
      seq = 0;
      messages.push({ type: 'epoch', epoch, reason: 'restart' });
    } else if (kind === 'gap') {
      messages.push({ type: 'gap', epoch, fromSeq: seq, toSeq: seq + 2, reason: 'source' });
      seq += 3;
    } else {
      messages.push(fakeScore({ epoch, seq: seq++, ptsUs: 0, capturedAtMs: 0 }));
    }
  }
  return messages;
}

function parse(wire: WireMessage): ServerMessage {
  return JSON.parse(wire.json.toString()) as ServerMessage;
}

function resumed(history: History, since: Position): ServerMessage[] {
  const { lost, nextIndex } = history.resumeAfter(since);
  const held = Array.from({ length: history.endIndex - nextIndex }, (_, i) => history.at(nextIndex + i));
  return [...lost, ...held].map(parse);
}

/** Every [epoch, seq] that the messages tell of, in order; an epoch's start counts as seq -1. */
function told(messages: readonly ServerMessage[]): string[] {
  return messages.flatMap((message) => {
    if (message.type === 'epoch') return [`${message.epoch}:-1`];
    if (message.type === 'score') return [`${message.epoch}:${message.seq}`];
    if (message.type !== 'gap') return [];
    const { epoch, fromSeq, toSeq } = message;
    return Array.from({ length: toSeq - fromSeq + 1 }, (_, i) => `${epoch}:${fromSeq + i}`);
  });
}

describe('History', () => {
  it('tells of every seq after a position exactly once, in order, however small the ring is', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 70 }), (kinds, capacity) => {
        const messages = messagesOf(kinds);
        const history = new History(capacity);
        const wires = messages.map((message) => history.add(message, 0));
        for (const [index, wire] of wires.entries()) {
          if (wire.position === null) throw new Error('a message without a position');
          expect(told(resumed(history, wire.position))).toEqual(told(messages.slice(index + 1)));
        }
        expect(told(resumed(history, { epoch: -1, seq: -1 }))).toEqual(told(messages));
      }),
    );
  });

  it('sends what it still holds as it was sent first', () => {
    const messages = messagesOf(['score', 'gap', 'score', 'epoch', 'score']);
    const history = new History(100);
    const wires = messages.map((message) => history.add(message, 0));
    expect(resumed(history, { epoch: 0, seq: 0 })).toEqual(messages.slice(2));
    expect(history.at(3)).toBe(wires[3]);
  });

  it('marks as lost what it no longer holds', () => {
    const history = new History(2);
    for (const message of messagesOf(['score', 'score', 'score', 'score'])) history.add(message, 0);
    expect(resumed(history, { epoch: 0, seq: 0 }).slice(0, 1)).toEqual([
      { type: 'gap', epoch: 0, fromSeq: 1, toSeq: 1, reason: 'history' },
    ]);
    expect(history.oldestPosition).toEqual({ epoch: 0, seq: 2 });
  });

  it('takes a position ahead of the stream for one of another life', () => {
    const history = new History(10);
    const messages = messagesOf(['score', 'score']);
    for (const message of messages) history.add(message, 0);
    expect(resumed(history, { epoch: 3, seq: 9 })).toEqual(messages);
  });

  it('holds no more than its capacity', () => {
    const history = new History(3);
    for (const message of messagesOf(['score', 'score', 'score', 'score'])) history.add(message, 0);
    expect(history.endIndex - history.firstIndex).toBe(3);
    expect(() => history.at(1)).toThrow(RangeError);
  });
});

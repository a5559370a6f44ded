import { describe, expect, it } from 'vitest';
import { History } from '../../src/server/delivery/history.js';
import {
  MAX_BUFFERED_BYTES,
  MAX_LAG_MESSAGES,
  Subscriber,
  type SubscriberEvents,
} from '../../src/server/delivery/subscriber.js';
import { WireMessage } from '../../src/server/delivery/wire-message.js';
import { fakeScore } from './fake-engine.js';
import { FakeSink } from './fake-sink.js';

const EVENTS: SubscriberEvents = { delivered: () => undefined, slow: () => undefined };
const STATUS = (detail: string): WireMessage =>
  new WireMessage({ type: 'status', state: 'live', code: null, detail });

class Stream {
  readonly history: History;
  readonly subscribers: Subscriber[] = [];
  #seq = 0;

  constructor(capacity: number) {
    this.history = new History(capacity);
    this.history.add({ type: 'epoch', epoch: 0, reason: 'start' }, 0);
  }

  emit(count: number): void {
    for (let i = 0; i < count; i++) {
      const seq = this.#seq++;
      this.history.add(fakeScore({ epoch: 0, seq, ptsUs: 0, capturedAtMs: 1e12 }), seq * 10);
      for (const subscriber of this.subscribers) subscriber.advance();
    }
  }

  join(sink: FakeSink, since: string | null = null, events = EVENTS): Subscriber {
    const position = since === null ? null : { epoch: 0, seq: Number(since) };
    const subscriber = new Subscriber(this.history, sink, events, position, []);
    this.subscribers.push(subscriber);
    return subscriber;
  }
}

function seqs(sink: FakeSink): number[] {
  return sink.messages.flatMap((message) => (message.type === 'score' ? [message.seq] : []));
}

const flush = (): Promise<void> => new Promise(setImmediate);

describe('Subscriber', () => {
  it('stops writing to a full connection and goes on where it stopped', async () => {
    const stream = new Stream(3600);
    stream.emit(3000);
    const sink = new FakeSink(false);
    stream.join(sink, '-1');
    expect(sink.bufferedBytes).toBeLessThan(MAX_BUFFERED_BYTES + 2000);
    expect(seqs(sink).length).toBeLessThan(3000);
    sink.isReading = true;
    sink.take();
    await flush();
    expect(seqs(sink)).toEqual(Array.from({ length: 3000 }, (_, seq) => seq));
    expect(sink.ended).toBeNull();
  });

  it('closes a connection that does not read, tells it why, and counts it', () => {
    const stream = new Stream(3600);
    const [slow, fine] = [new FakeSink(false), new FakeSink(true)];
    let numSlow = 0;
    stream.join(slow, null, { ...EVENTS, slow: () => (numSlow += 1) });
    stream.join(fine);
    for (let i = 0; i < 2000 && slow.ended === null; i++) {
      stream.emit(1);
      fine.take();
    }
    expect(slow.ended).toMatchObject({ type: 'error', code: 'ERR_CLIENT_SLOW' });
    expect(numSlow).toBe(1);
    expect(slow.bufferedBytes).toBeLessThan(MAX_BUFFERED_BYTES + 2000);
    expect(seqs(fine).length).toBe(seqs(slow).length + MAX_LAG_MESSAGES + 1);
    expect(fine.ended).toBeNull();
  });

  it('does not close one that catches up from far behind while scores keep coming', async () => {
    const stream = new Stream(3600);
    stream.emit(3000);
    const sink = new FakeSink(false);
    stream.join(sink, '-1');
    for (let i = 0; i < 100; i++) {
      stream.emit(1);
      sink.take();
    }
    await flush();
    expect(sink.ended).toBeNull();
    expect(seqs(sink)).toEqual(Array.from({ length: 3100 }, (_, seq) => seq));
  });

  it('tells what was overwritten before it could be sent', () => {
    const stream = new Stream(1600);
    stream.emit(1590);
    const sink = new FakeSink(false);
    stream.join(sink, '-1');
    const numSent = seqs(sink).length;
    expect(numSent).toBeLessThan(1590);
    // More than the ring holds, but with no chance for the lag to be noticed.
    const { subscribers } = stream;
    subscribers.length = 0;
    stream.emit(1500);
    sink.isReading = true;
    sink.take();
    const gap = sink.messages[numSent];
    expect(gap).toMatchObject({ type: 'gap', fromSeq: numSent, reason: 'history' });
    expect(sink.messages[numSent + 1]).toMatchObject({
      type: 'score',
      seq: gap?.type === 'gap' ? gap.toSeq + 1 : NaN,
    });
  });

  it('keeps only the newest status for a full connection', () => {
    const stream = new Stream(3600);
    stream.emit(3000);
    const sink = new FakeSink(false);
    const subscriber = stream.join(sink, '-1');
    for (let i = 0; i < 5; i++) subscriber.notify(STATUS(`status ${i}`));
    sink.isReading = true;
    sink.take();
    expect(sink.messages.filter(({ type }) => type === 'status')).toEqual([
      { type: 'status', state: 'live', code: null, detail: 'status 4' },
    ]);
  });

  it('ends after everything was sent, once', async () => {
    const stream = new Stream(3600);
    stream.emit(3000);
    const sink = new FakeSink(false);
    const subscriber = stream.join(sink, '-1');
    subscriber.finish({ type: 'end', reason: 'ended' });
    expect(sink.ended).toBeNull();
    sink.isReading = true;
    sink.take();
    await flush();
    expect(seqs(sink).length).toBe(3000);
    expect(sink.ended).toEqual({ type: 'end', reason: 'ended' });
  });

  it('reports the delivery of live scores only', async () => {
    const stream = new Stream(3600);
    stream.emit(5);
    const sink = new FakeSink(true);
    const delivered: number[] = [];
    stream.join(sink, '2', { ...EVENTS, delivered: (publishedAtMs) => delivered.push(publishedAtMs) });
    stream.emit(1);
    await flush();
    expect(seqs(sink)).toEqual([3, 4, 5]);
    expect(delivered).toEqual([40, 50]);
  });

  it('writes nothing more once the connection is gone', () => {
    const stream = new Stream(3600);
    const sink = new FakeSink(true);
    stream.join(sink).detach();
    stream.emit(3);
    expect(sink.written).toEqual([]);
  });
});

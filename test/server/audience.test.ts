import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Audience, STALL_MS } from '../../src/server/delivery/audience.js';
import { fakeScore } from './fake-engine.js';
import { FakeSink } from './fake-sink.js';

const NUM_SCORES = 3000;
const FROM_THE_BEGINNING = { epoch: -1, seq: -1 };

function ended(): { audience: Audience; scheduler: VirtualTimeScheduler } {
  const scheduler = new VirtualTimeScheduler();
  const events = { delivered: () => undefined, slow: () => undefined };
  const audience = new Audience(NUM_SCORES + 1, events, scheduler);
  audience.publish({ type: 'epoch', epoch: 0, reason: 'start' });
  for (let seq = 0; seq < NUM_SCORES; seq++)
    audience.publish(fakeScore({ epoch: 0, seq, ptsUs: 0, capturedAtMs: 0 }));
  audience.finish({ type: 'end', reason: 'ended' });
  return { audience, scheduler };
}

describe('a stream that is over', () => {
  it('is told to its end to whoever reads, however slowly', () => {
    const { audience, scheduler } = ended();
    const sink = new FakeSink(false);
    const leave = audience.join(sink, FROM_THE_BEGINNING, []);
    let numReads = 0;
    scheduler.schedule(function () {
      sink.take();
      numReads += 1;
      if (sink.ended === null) this.schedule(undefined, STALL_MS - 1);
    }, STALL_MS - 1);
    scheduler.flush();
    leave();
    expect(numReads).toBeGreaterThan(2);
    expect(sink.messages.filter(({ type }) => type === 'score').length).toBe(NUM_SCORES);
    expect(sink.ended).toEqual({ type: 'end', reason: 'ended' });
  });

  it('is cut short, and not called ended, for whoever reads nothing', () => {
    const { audience, scheduler } = ended();
    const sink = new FakeSink(false);
    audience.join(sink, FROM_THE_BEGINNING, []);
    scheduler.flush();
    expect(scheduler.now()).toBe(STALL_MS);
    expect(sink.messages.length).toBeLessThan(NUM_SCORES);
    expect(sink.ended).toMatchObject({ type: 'error', code: 'ERR_CLIENT_SLOW' });
  });

  it('waits for nobody who has gone', () => {
    const { audience, scheduler } = ended();
    const sink = new FakeSink(false);
    const leave = audience.join(sink, FROM_THE_BEGINNING, []);
    audience.finish({ type: 'end', reason: 'shutdown' });
    leave();
    scheduler.flush();
    expect(scheduler.now()).toBe(0);
    expect(sink.ended).toBeNull();
  });
});

it('dates what is delivered by the steady clock, whatever the scores say of the wall clock', async () => {
  const scheduler = new VirtualTimeScheduler();
  const delivered: number[] = [];
  const events = { delivered: (atMs: number) => delivered.push(atMs), slow: () => undefined };
  const audience = new Audience(10, events, scheduler);
  audience.join(new FakeSink(true), null, []);
  for (const [seq, atMs] of [100, 250].entries())
    scheduler.schedule(
      () => audience.publish(fakeScore({ epoch: 0, seq, ptsUs: 0, capturedAtMs: 1e12 })),
      atMs,
    );
  scheduler.flush();
  await new Promise(setImmediate);
  expect(delivered).toEqual([100, 250]);
});
